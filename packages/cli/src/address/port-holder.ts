import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The process that listens on a port. */
export interface PortHolder {
  readonly pid: number;
  /** `python3 -m http.server 8080`. */
  readonly command: string;
}

/** Addresses whose listeners keep 127.0.0.1:PORT from being bound, as /proc/net/tcp writes them. */
const BLOCKING_ADDRESSES: ReadonlySet<string> = new Set([
  "0100007F",
  "00000000",
  "0".repeat(32),
  "0000000000000000FFFF00000100007F",
]);
const LISTEN = "0A";

/**
 * Who listens on `port` of this machine's 127.0.0.1; `undefined` when nobody does, or when the system
 * does not tell (another user's process, another system than Linux). `proc(5)`
 */
export function findPortHolder(port: number): PortHolder | undefined {
  const inodes = new Set(["tcp", "tcp6"].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const holds = list(`/proc/${pid}/fd`).some((fd) => inodes.has(socketInode(pid, fd)));
    if (holds) return { pid: Number(pid), command: commandOf(pid) };
  }
  return undefined;
}

/** True when the system tells that something listens there, whoever it is. Never binds the port. */
export function isListening(port: number): boolean {
  return ["tcp", "tcp6"].some((table) => listeningInodes(table, port).length > 0);
}

/** `port 8080 is in use by …; choose another with --port 8080=18080`. */
export function formatPortInUse(port: number, serverPort: number, holder?: PortHolder): string {
  const by = holder === undefined ? "another program" : `${holder.command} (process ${holder.pid})`;
  const other = port < 55_536 ? port + 10_000 : port - 10_000;
  return `port ${port} of 127.0.0.1, for port ${serverPort} of the gateway, is in use by ${by}; stop that, or choose another port with --port ${serverPort}=${other}`;
}

function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return read(`/proc/net/${table}`)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => {
      const [address = "", localPort] = local.split(":");
      return state === LISTEN && localPort === wanted && BLOCKING_ADDRESSES.has(address);
    })
    .map((fields) => fields[9] ?? "");
}

function socketInode(pid: string, fd: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? "";
  } catch {
    return "";
  }
}

function commandOf(pid: string): string {
  const words = read(`/proc/${pid}/cmdline`)
    .split("\0")
    .filter((word) => word !== "");
  // `/usr/bin/python3 -m http.server` is known as `python3 …`; where it lies is seldom news.
  const [program = "", ...parameters] = words;
  const command = [basename(program), ...parameters].join(" ") || read(`/proc/${pid}/comm`).trim();
  return command.length > 60 ? `${command.slice(0, 59)}…` : command;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
