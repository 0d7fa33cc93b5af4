import type { FoundFile } from "./find-files.ts";

/** What is seen of a file that is there no more. */
const GONE = "gone";

/**
 * Tells a finished save from one that is going on. Many editors empty the file and then write it, or
 * take it away and put another there; whoever reads in between sees documents disappear, and would
 * forget their last good version. So a change of a file that was read before counts only once it was
 * seen twice.
 */
export class Settling {
  /** File → as it was read last. */
  readonly #read = new Map<string, FoundFile>();
  /** File → stamp that was seen once. */
  readonly #seen = new Map<string, string>();

  /** True while a change waits to be seen again. */
  get isWaiting(): boolean {
    return this.#seen.size > 0;
  }

  /** Files that were read and are not among `found`. */
  missing(found: readonly FoundFile[]): readonly string[] {
    const present = new Set(found.map(({ file }) => file));
    return [...this.#read.keys()].filter((file) => !present.has(file));
  }

  /** True when `found` should be read now; it is then taken as read. */
  accept(found: FoundFile): boolean {
    const { file, stamp, inode, bytes } = found;
    const before = this.#read.get(file);
    if (before?.stamp === stamp) {
      this.#seen.delete(file);
      return false;
    }
    // Renaming a finished file into place is atomic: nothing to wait for.
    const isReplaced = before?.inode !== inode && bytes > 0;
    if (before !== undefined && !isReplaced && !this.#isSecondLook(file, stamp)) return false;
    this.#seen.delete(file);
    this.#read.set(file, found);
    return true;
  }

  /** True when the file is gone for good; it is then forgotten. */
  acceptGone(file: string): boolean {
    if (!this.#isSecondLook(file, GONE)) return false;
    this.forget(file);
    return true;
  }

  /** As if it had never been read. */
  forget(file: string): void {
    this.#seen.delete(file);
    this.#read.delete(file);
  }

  #isSecondLook(file: string, stamp: string): boolean {
    const isSecond = this.#seen.get(file) === stamp;
    this.#seen.set(file, stamp);
    return isSecond;
  }
}
