import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Nobody else may read tokens, bootstraps and the CA's key. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The folder where one mesh keeps what it makes; docs: "One machine" in ARCHITECTURE.md. */
export class StateFolder {
  readonly path: string;
  readonly pods: string;
  readonly tokens: string;
  readonly proxies: string;
  readonly sockets: string;
  readonly logs: string;
  readonly rootCertificate: string;
  readonly meshRecord: string;
  readonly lock: string;
  readonly #run: string;
  #draftCount = 0;

  constructor(path: string) {
    this.path = resolve(path);
    this.#run = join(this.path, "run");
    this.pods = join(this.#run, "pods");
    this.tokens = join(this.#run, "tokens");
    this.proxies = join(this.#run, "proxies");
    this.sockets = join(this.#run, "sds");
    this.logs = join(this.path, "logs");
    this.rootCertificate = join(this.path, "ca", "root-cert.pem");
    this.meshRecord = join(this.#run, "mesh.json");
    this.lock = join(this.#run, "lock");
  }

  /** Makes the folders. What a running mesh has in them stays. */
  create(): void {
    for (const folder of [this.path, this.#run, ...this.#transient(), this.logs]) {
      makeFolder(folder);
    }
  }

  /** Forgets the last run: its pods, tokens, bootstraps and logs. The CA stays. */
  clear(): void {
    for (const folder of [...this.#transient(), this.logs]) {
      rmSync(folder, { recursive: true, force: true });
    }
    rmSync(this.meshRecord, { force: true });
    this.create();
  }

  /** Writes in one step, so that whoever watches never reads half a file. */
  write(path: string, text: string): void {
    // The draft lies outside the watched folders.
    const draft = join(this.#run, `.draft-${process.pid}-${++this.#draftCount}`);
    writeFileSync(draft, text, { mode: FILE_MODE });
    renameSync(draft, path);
  }

  remove(path: string): void {
    rmSync(path, { force: true });
  }

  /** `logs/<pod>.app.log`, `logs/<pod>.proxy.log`, `logs/control-plane.log`. */
  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  #transient(): readonly string[] {
    return [this.pods, this.tokens, this.proxies, this.sockets];
  }
}

/** Not mkdir's own recursion: that never ends below a folder that refuses every name, such as /proc. */
function makeFolder(path: string): void {
  if (isFolder(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Where a mesh of `paths` keeps its state unless told otherwise: a folder named after the first path,
 * and a hash of all of them, so that two checkouts do not share one.
 */
export function defaultStatePath(stateHome: string, paths: readonly string[]): string {
  const absolute = paths.map((path) => resolve(path));
  const digest = createHash("sha256").update(absolute.join("\0")).digest("hex").slice(0, 8);
  const name = basename(absolute[0] ?? "mesh").replaceAll(/[^\w.-]/g, "-");
  return join(meshesFolder(stateHome), `${name}-${digest}`);
}

/** The folder that holds the state folders of all meshes. */
export function meshesFolder(stateHome: string): string {
  return join(stateHome, "weft");
}
