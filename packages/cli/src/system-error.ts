/** What the operating system said no to, and about which file. */
export interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

/** True for an error of the operating system: a file, a folder, a port; not for a mistake of ours. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** What the likeliest ones mean, in words. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "this user may not; choose another place, or ask for the permission",
  EPERM: "this user may not; choose another place, or ask for the permission",
  ENOENT: "there is no such file or folder",
  EEXIST: "there is something else by that name; choose another",
  ENOTDIR: "a part of that path is a file; choose another",
  EISDIR: "that is a folder, not a file",
  ENOSPC: "the disk is full; make room, or choose another place",
  EROFS: "nothing can be written there; choose another place",
  EMFILE: "too many files are open; raise the limit with ulimit -n",
};

/** `/srv/mesh: there is something else by that name; choose another (EEXIST, mkdir)`. */
export function formatSystemError({ code, syscall, path, message }: SystemError): string {
  const meaning = MEANINGS[code];
  if (meaning === undefined) return message;
  return `${path === undefined ? "" : `${path}: `}${meaning} (${code}, ${syscall})`;
}
