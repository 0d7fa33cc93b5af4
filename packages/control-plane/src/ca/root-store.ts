import { createPrivateKey, X509Certificate as NodeCertificate } from "node:crypto";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MeshError } from "@weft/core";

/** The mesh's root as it lies on disk. */
export interface StoredRoot {
  readonly certificatePem: string;
  /** PKCS#8. Never printed, never sent. */
  readonly privateKeyPem: string;
}

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const OTHERS = 0o077;

/**
 * The root in `folder`; made by `create` and stored there when there is none yet. Refuses, with a
 * `MeshError`, what others may have read, and what does not fit together.
 */
export async function loadOrCreateRoot(
  folder: string,
  create: () => Promise<StoredRoot>,
): Promise<StoredRoot> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  await chmod(folder, OWNER_ONLY_FOLDER);
  const keyPath = join(folder, "root-key.pem");
  const certificatePath = join(folder, "root-cert.pem");
  const privateKeyPem = await readIfThere(keyPath);
  const certificatePem = await readIfThere(certificatePath);
  if (privateKeyPem === undefined && certificatePem === undefined) {
    const root = await create();
    // The certificate last: where it is, the key is.
    await writeFile(keyPath, root.privateKeyPem, { mode: OWNER_ONLY_FILE, flag: "wx" });
    await writeFile(certificatePath, root.certificatePem, { flag: "wx" });
    return root;
  }
  if (privateKeyPem === undefined || certificatePem === undefined) {
    const missing = privateKeyPem === undefined ? keyPath : certificatePath;
    throw new MeshError(
      "RootIncomplete",
      `${missing} is missing though its other half is there; restore it, or delete both to start with a new root`,
    );
  }
  await checkOwnerOnly(keyPath);
  checkPair(privateKeyPem, certificatePem, folder);
  return { privateKeyPem, certificatePem };
}

async function checkOwnerOnly(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & OTHERS) === 0) return;
  throw new MeshError(
    "RootKeyExposed",
    `${path} can be read by others (mode ${(mode & 0o777).toString(8)}); if nobody did, run: chmod 600 ${path}`,
  );
}

function checkPair(privateKeyPem: string, certificatePem: string, folder: string): void {
  let isPair: boolean;
  try {
    const certificate = new NodeCertificate(certificatePem);
    isPair = certificate.checkPrivateKey(createPrivateKey(privateKeyPem));
  } catch (cause) {
    throw new MeshError("RootUnreadable", `the root in ${folder} cannot be read`, { cause });
  }
  if (isPair) return;
  throw new MeshError("RootMismatch", `the root certificate in ${folder} is not of the key there`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new MeshError("RootUnreadable", `${path} cannot be read`, { cause: thrown });
  }
}
