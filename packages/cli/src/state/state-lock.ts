import { readFileSync } from "node:fs";
import { MeshError } from "@weft/core";
import type { StateFolder } from "./state-folder.ts";

/**
 * Claims a state folder for this process. Throws `MeshError` when a live mesh has it: two launchers
 * would consume each other's tokens.
 */
export function claimState(folder: StateFolder): void {
  const owner = stateOwner(folder);
  if (owner !== undefined) {
    throw new MeshError(
      "state_in_use",
      `${folder.path} belongs to a mesh that is running (process ${owner}); stop that one, or choose another folder with --state DIR`,
    );
  }
  folder.write(folder.lock, `${process.pid} ${startOf(process.pid) ?? ""}\n`);
}

/** Gives it back. */
export function releaseState(folder: StateFolder): void {
  folder.remove(folder.lock);
}

/** The process id of the live mesh that has claimed the folder. */
export function stateOwner(folder: StateFolder): number | undefined {
  const [pid, start] = readLock(folder.lock);
  if (pid === undefined || pid === process.pid || !isAlive(pid)) return undefined;
  // The system gives a process id again after a while; the time of its start tells them apart.
  const current = startOf(pid);
  return current === undefined || start === "" || current === start ? pid : undefined;
}

/** True when a process with this id is there, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readLock(path: string): readonly [number | undefined, string] {
  try {
    const [pid, start = ""] = readFileSync(path, "utf8").trim().split(" ");
    return [Number(pid) || undefined, start];
  } catch {
    return [undefined, ""];
  }
}

/** Linux: field 22 of /proc/PID/stat, the start in ticks since boot. `proc(5)` */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold blanks.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
