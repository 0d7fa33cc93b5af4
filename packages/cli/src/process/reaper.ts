import { type ChildProcess, spawn } from "node:child_process";
import type { GroupWatcher } from "./process-group.ts";

/**
 * Runs beside the launcher and reads from a pipe which process groups are alive. The pipe ends when
 * the launcher does, however it does (`kill -9` too): what is alive then is asked to end, and ended.
 * A shell, because it must be small, and must be there before anything else is.
 */
const SCRIPT = `
groups=
while read -r operation group; do
  kept=
  for known in $groups; do [ "$known" = "$group" ] || kept="$kept $known"; done
  groups=$kept
  [ "$operation" = add ] && groups="$groups $group"
done
[ -z "$groups" ] && exit 0
for group in $groups; do kill -TERM "-$group" 2>/dev/null; done
sleep 1
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
exit 0
`;

/** The guard against processes that outlive `weft up`. */
export interface Reaper extends GroupWatcher {
  readonly pid: number | undefined;
  /** Ends the reaper; groups that were not removed before are killed. */
  close(): Promise<void>;
}

/** Starts it in a session of its own: Ctrl-C must not reach it. */
export function createReaper(): Reaper {
  const groups = new Set<number>();
  let isClosing = false;
  let child = start();

  function start(): ChildProcess {
    const started = spawn("/bin/sh", ["-c", SCRIPT], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    started.unref();
    started.stdin?.on("error", () => {});
    started.once("exit", () => {
      if (isClosing) return;
      // Somebody killed the guard; another takes its place and is told what is alive.
      child = start();
      for (const group of groups) child.stdin?.write(`add ${group}\n`);
    });
    return started;
  }

  return {
    get pid() {
      return child.pid;
    },
    add(groupId) {
      groups.add(groupId);
      child.stdin?.write(`add ${groupId}\n`);
    },
    remove(groupId) {
      groups.delete(groupId);
      child.stdin?.write(`remove ${groupId}\n`);
    },
    async close() {
      isClosing = true;
      child.ref();
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.stdin?.end();
      await ended;
    },
  };
}
