/** Envoy's default `%START_TIME%`: `2026-01-31T12:00:00.000Z`. */
export function formatIsoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/**
 * Compiles a strftime text for `%START_TIME(...)%`, in UTC, with Envoy's `%f` (nanoseconds), `%3f`,
 * `%6f`, `%9f` and `%s` (seconds since the epoch). Unknown letters stay as they are.
 */
export function compileTimeFormat(pattern: string): (wallMs: number) => string {
  const parts = pattern.split(/(%[1-9]?[A-Za-z%])/);
  return (wallMs) => {
    const date = new Date(wallMs);
    let text = "";
    for (const part of parts) text += part.startsWith("%") ? formatPart(part, date) : part;
    return text;
  };
}

function formatPart(part: string, date: Date): string {
  const letter = LETTERS[part];
  if (letter !== undefined) return letter(date);
  return /^%[1-9]f$/.test(part) ? nanos(date).slice(0, Number(part[1])) : part;
}

/** strftime(3) in the C locale and UTC. */
const LETTERS: Readonly<Record<string, (date: Date) => string>> = {
  "%Y": (date) => date.toISOString().slice(0, 4),
  "%y": (date) => date.toISOString().slice(2, 4),
  "%m": (date) => date.toISOString().slice(5, 7),
  "%d": (date) => date.toISOString().slice(8, 10),
  "%e": (date) => String(date.getUTCDate()).padStart(2, " "),
  "%j": (date) => String(dayOfYear(date)).padStart(3, "0"),
  "%H": (date) => date.toISOString().slice(11, 13),
  "%I": (date) => String(date.getUTCHours() % 12 || 12).padStart(2, "0"),
  "%p": (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  "%M": (date) => date.toISOString().slice(14, 16),
  "%S": (date) => date.toISOString().slice(17, 19),
  "%F": (date) => date.toISOString().slice(0, 10),
  "%T": (date) => date.toISOString().slice(11, 19),
  "%R": (date) => date.toISOString().slice(11, 16),
  "%s": (date) => String(Math.floor(date.getTime() / 1000)),
  "%f": nanos,
  "%b": (date) => date.toUTCString().slice(8, 11),
  "%B": (date) => date.toLocaleString("en-US", { month: "long", timeZone: "UTC" }),
  "%a": (date) => date.toUTCString().slice(0, 3),
  "%A": (date) => date.toLocaleString("en-US", { weekday: "long", timeZone: "UTC" }),
  "%z": () => "+0000",
  "%Z": () => "UTC",
  "%%": () => "%",
};

function nanos(date: Date): string {
  return `${date.toISOString().slice(20, 23)}000000`;
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}
