/** Envoy's default `%START_TIME%`: `2026-01-31T12:00:00.000Z`. */
export function formatIsoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/**
 * Compiles a strftime text for `%START_TIME(…)%`, in UTC, with Envoy's `%f` (nanoseconds), `%3f`,
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
  const iso = date.toISOString();
  const nanos = `${iso.slice(20, 23)}000000`;
  switch (part) {
    case "%Y":
      return iso.slice(0, 4);
    case "%m":
      return iso.slice(5, 7);
    case "%d":
      return iso.slice(8, 10);
    case "%H":
      return iso.slice(11, 13);
    case "%M":
      return iso.slice(14, 16);
    case "%S":
      return iso.slice(17, 19);
    case "%F":
      return iso.slice(0, 10);
    case "%T":
      return iso.slice(11, 19);
    case "%s":
      return String(Math.floor(date.getTime() / 1000));
    case "%f":
      return nanos;
    case "%b":
      return date.toUTCString().slice(8, 11);
    case "%a":
      return date.toUTCString().slice(0, 3);
    case "%z":
      return "+0000";
    case "%Z":
      return "UTC";
    case "%%":
      return "%";
    default:
      return /^%[1-9]f$/.test(part) ? nanos.slice(0, Number(part[1])) : part;
  }
}
