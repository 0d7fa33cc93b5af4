import { readdirSync, readFileSync } from "node:fs";

/** Whether a process runs (a zombie does not). Linux only, like everything in this file. */
export function isAlive(pid: number): boolean {
  const status = readProc(pid, "status");
  return status !== undefined && !/^State:\s+[ZX]/m.test(status);
}

/** Resident memory of a process, in bytes; undefined when it has gone. */
export function residentBytes(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, "status") ?? "")?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** CPU time that a process has used so far, user and system, all threads, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const stat = readProc(pid, "stat");
  if (stat === undefined) throw new Error(`process ${pid} has gone`);
  // The second field, the command in parentheses, may hold spaces: count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  // Linux counts in hundredths of a second (USER_HZ) whatever the kernel's own tick is.
  return ticks * 10_000;
}

/** Running processes whose command line or environment contains `mark`, as `pid command`. */
export function processesMarked(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      const traces = `${readProc(pid, "cmdline") ?? ""}\0${readProc(pid, "environ") ?? ""}`;
      return traces.includes(mark) && isAlive(pid);
    })
    .map((pid) => `${pid} ${(readProc(pid, "cmdline") ?? "").replaceAll("\0", " ").trim()}`);
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended between the listing and the reading, or belongs to somebody else.
    return undefined;
  }
}
