import type { Clock } from "./clock.ts";

/** How grave a line is. */
export type LogLevel = "info" | "warn" | "error";

/** What happened, for people, with the facts beside it. Never a key or a token. */
export interface Log {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

/** Name → value, printed as `name=value`. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Lines `2026-01-31T12:00:00.000Z warn xds: stream lost target=… reason="…"`, handed to `write`. */
export function createLog(component: string, clock: Clock, write: (line: string) => void): Log {
  const line =
    (level: LogLevel) =>
    (message: string, facts: LogFacts = {}) => {
      const when = new Date(clock.wallMs()).toISOString();
      write(`${when} ${level} ${component}: ${oneLine(message)}${formatFacts(facts)}\n`);
    };
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

/** Says nothing; for tests. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

function formatFacts(facts: LogFacts): string {
  let text = "";
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    const plain = String(value);
    text += ` ${name}=${/^[\w.:|/@~+-]+$/.test(plain) ? plain : JSON.stringify(plain)}`;
  }
  return text;
}

/** A peer's text must not be able to forge a second line. */
function oneLine(message: string): string {
  return message.replaceAll(/[\r\n]+/g, " ");
}
