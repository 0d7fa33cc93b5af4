import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MAX_FILE_BYTES } from "../ingest/parse-file.ts";
import type { ProblemCode } from "../ingest/problem-code.ts";
import type { Problem } from "../model/problem.ts";

/** A file as a look at it finds it. */
export interface FoundFile {
  /** As the user named it, or below the folder he named. */
  readonly file: string;
  /** Changes whenever the content may have. */
  readonly stamp: string;
  /** Tells a file that was put in the place of another from one that was written over. */
  readonly inode: number;
  readonly bytes: number;
}

/** What paths lead to. */
export interface FoundFiles {
  /** In the order of `paths`, within a folder by name; none twice. */
  readonly files: readonly FoundFile[];
  /** Folders that were looked into. */
  readonly folders: readonly string[];
  readonly problems: readonly Problem[];
}

/** Folders deeper than this below a named one are not looked into. */
const MAX_DEPTH = 16;
/** More than that are no configuration; what is left out is told. */
const MAX_FILES = 10_000;

/** Files are taken as they are; of folders, all below with `.yaml` or `.yml`, but nothing hidden. */
export async function findFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files = new Map<string, FoundFile>();
  const folders = new Set<string>();
  /** By inode: a link back to a folder above would be looked into for ever. */
  const visited = new Set<string>();
  const problems: Problem[] = [];
  let isFull = false;
  const visit = async (path: string, depth: number): Promise<void> => {
    try {
      const found = await stat(path);
      if (!found.isDirectory()) {
        if (!found.isFile()) {
          if (depth === 0 || isYaml(path)) problems.push(notAFile(path));
          return;
        }
        const { ino: inode, size: bytes, mtimeMs, ctimeMs } = found;
        isFull ||= files.size >= MAX_FILES;
        if (isFull) return;
        const stamp = `${inode}:${bytes}:${mtimeMs}:${ctimeMs}`;
        if (!files.has(path)) files.set(path, { file: path, stamp, inode, bytes });
        return;
      }
      const identity = `${found.dev}:${found.ino}`;
      if (visited.has(identity) || depth > MAX_DEPTH) return;
      visited.add(identity);
      folders.add(path);
      const entries = await readdir(path, { withFileTypes: true });
      for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
        const isWanted = !entry.isFile() || /\.ya?ml$/.test(entry.name);
        if (isWanted && isVisible(entry.name)) await visit(join(path, entry.name), depth + 1);
      }
    } catch (error: unknown) {
      // What is below a folder may go while it is looked into; what the user named must be there.
      if (depth === 0) problems.push(toProblem(path, error));
    }
  };
  for (const path of paths) await visit(path, 0);
  if (isFull) problems.push(tooManyFiles(paths[0] ?? ""));
  const wanted = [...files.values()].filter(({ file }) => paths.includes(file) || isYaml(file));
  return { files: wanted, folders: [...folders], problems };
}

/** The text; a problem when it cannot be read; `undefined` when it is gone. */
export async function readText(file: string): Promise<string | Problem | undefined> {
  try {
    const found = await stat(file);
    // Opening a pipe waits until somebody writes to it.
    if (!found.isFile()) return notAFile(file);
    const { size } = found;
    if (size > MAX_FILE_BYTES) {
      const message = `the file has ${size} bytes; at most ${MAX_FILE_BYTES} are read`;
      return fileProblem(file, "TooLarge", message, "cut it into several files");
    }
    return await readFile(file, "utf8");
  } catch (error: unknown) {
    return isGone(error) ? undefined : toProblem(file, error);
  }
}

/**
 * Editors' own files (`.#a.yaml`, `.a.yaml.swp`) are hidden; so are `.git` and its like. The launcher's
 * map may lie beside the resources and is none.
 */
function isVisible(name: string): boolean {
  return !name.startsWith(".") && name !== "node_modules" && name !== "weft.yaml";
}

function isYaml(file: string): boolean {
  return /\.ya?ml$/.test(file);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function notAFile(path: string): Problem {
  const message = "it is neither a file nor a folder";
  return fileProblem(path, "FileUnreadable", message, "put a regular file in its place");
}

function tooManyFiles(path: string): Problem {
  const message = `there are more than ${MAX_FILES} files here; the rest is not read`;
  return fileProblem(path, "TooLarge", message, "name the folder that holds the resources");
}

function toProblem(file: string, error: unknown): Problem {
  if (isGone(error)) {
    return fileProblem(file, "FileUnreadable", "there is no such file or folder", "check the path");
  }
  const why = error instanceof Error ? error.message : String(error);
  return fileProblem(file, "FileUnreadable", `it cannot be read: ${why}`, "check its permissions");
}

function fileProblem(file: string, code: ProblemCode, message: string, remedy: string): Problem {
  return { severity: "error", code, file, line: 1, column: 1, field: "", message, remedy };
}
