import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { MeshError } from "@weft/core";
import type { Manifest } from "./manifest.ts";
import { parseManifests } from "./parse-manifests.ts";

/** As the control plane takes them, which reads the same files. */
const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml"]);

/** The map lies beside the resources and is none. */
const MAP_NAME = "weft.yaml";

/**
 * The manifests of some files and folders. A file that cannot be parsed keeps the manifests it had:
 * what runs goes on running while somebody edits.
 */
export class ManifestFolder {
  readonly #paths: readonly string[];
  readonly #lastGood = new Map<string, readonly Manifest[]>();

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Reads everything again. Throws `MeshError` when a path that the user named is not there. */
  read(): readonly Manifest[] {
    const files = this.#paths.flatMap((path) => listFiles(path));
    for (const known of this.#lastGood.keys()) {
      if (!files.includes(known)) this.#lastGood.delete(known);
    }
    for (const file of files) {
      const manifests = readFile(file);
      if (manifests !== undefined) this.#lastGood.set(file, manifests);
    }
    return [...this.#lastGood.values()].flat();
  }

  /** Changes whenever a file came, went or was written. */
  fingerprint(): string {
    return this.#paths
      .flatMap((path) => (exists(path) ? listFiles(path) : []))
      .map((file) => {
        const stat = exists(file);
        return `${file} ${stat?.mtimeMs} ${stat?.size} ${stat?.ino}`;
      })
      .join("\n");
  }
}

/** Links are followed, but no folder is looked into twice: one may lead back to where it lies. */
function listFiles(path: string, visited: Set<string> = new Set()): readonly string[] {
  const stat = exists(path);
  if (stat === undefined) {
    throw new MeshError(
      "path_missing",
      `${path} does not exist; name a YAML file or a folder of them`,
    );
  }
  if (!stat.isDirectory()) return stat.isFile() ? [path] : [];
  const identity = `${stat.dev}:${stat.ino}`;
  if (visited.has(identity)) return [];
  visited.add(identity);
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      const found = exists(child);
      if (found?.isDirectory())
        return entry.name === "node_modules" ? [] : listFiles(child, visited);
      // Reading a pipe would wait for whoever writes to it.
      return found?.isFile() && isResourceFile(child) ? [child] : [];
    });
}

function isResourceFile(path: string): boolean {
  return EXTENSIONS.has(extname(path)) && basename(path) !== MAP_NAME;
}

function readFile(file: string): readonly Manifest[] | undefined {
  try {
    return parseManifests(readFileSync(file, "utf8"), file);
  } catch {
    // Gone between listing and reading, or not readable now: as good as broken.
    return undefined;
  }
}

function exists(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A link that leads to itself, or a folder that we may not enter.
    return undefined;
  }
}
