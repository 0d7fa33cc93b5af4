import { createHash } from "node:crypto";
import { readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, MeshError, parseSpiffeId, type SpiffeId } from "@weft/core";

/** What a join token entitles to. */
export interface JoinGrant {
  readonly identity: SpiffeId;
  /** `namespace/name`, for logs. */
  readonly pod: string;
}

/** A token's text is 43 characters of base64url; anything much longer is not worth hashing. */
const MAX_TOKEN_CHARACTERS = 256;

/**
 * Takes a token out of `folder`, where the launcher laid down its hash and what it grants: whoever
 * reads the folder cannot join. Removing its file is what consumes it, so of two bearers one
 * is refused. Throws `MeshError` when it is unknown, used before, or expired.
 */
export async function consumeJoinToken(
  folder: string,
  token: string,
  clock: Clock,
): Promise<JoinGrant> {
  if (token.length > MAX_TOKEN_CHARACTERS) throw unknownToken();
  const path = tokenPath(folder, token);
  let content: string;
  try {
    content = await readFile(path, "utf8");
    await unlink(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") throw unknownToken();
    throw new MeshError("TokenUnreadable", "the join token cannot be read", { cause: thrown });
  }
  const { identity, pod, expiresAtMs } = parseGrant(content);
  if (clock.wallMs() >= expiresAtMs) {
    throw new MeshError("TokenExpired", `the join token of ${pod} has expired`);
  }
  return { identity, pod };
}

function parseGrant(content: string): JoinGrant & { readonly expiresAtMs: number } {
  try {
    const grant: unknown = JSON.parse(content);
    if (typeof grant === "object" && grant !== null) {
      const { identity, pod, expiresAtMs } = grant as Readonly<Record<string, unknown>>;
      if (typeof identity === "string" && typeof expiresAtMs === "number") {
        return { identity: parseSpiffeId(identity).id, pod: String(pod), expiresAtMs };
      }
    }
  } catch (cause) {
    throw new MeshError("TokenUnreadable", "the join token's grant cannot be read", { cause });
  }
  throw new MeshError("TokenUnreadable", "the join token's grant lacks its identity or expiry");
}

function unknownToken(): MeshError {
  return new MeshError("TokenUnknown", "the join token is unknown or was used before");
}

function tokenPath(folder: string, token: string): string {
  return join(folder, `${createHash("sha256").update(token).digest("hex")}.json`);
}
