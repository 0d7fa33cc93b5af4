const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const METHOD_START = /^[A-Z][A-Z0-9_-]{0,31}(?: |$)/;
const REQUEST_LINE = /^[A-Z][A-Z0-9_-]{0,31} [^\s]+ HTTP\/1\.([01])\r?$/;
/** Longest request line that is looked at before giving up. */
const MAX_LINE_BYTES = 8 * 1024;

/**
 * Envoy's http_inspector: `http/1.0`, `http/1.1` or `h2c` from the first bytes, "" when they are
 * something else, undefined while more are needed.
 */
export function inspectHttp(bytes: Buffer): "http/1.0" | "http/1.1" | "h2c" | "" | undefined {
  const text = bytes.toString("latin1", 0, MAX_LINE_BYTES);
  if (text.startsWith(PREFACE)) return "h2c";
  if (PREFACE.startsWith(text)) return undefined;
  const lineEnd = text.indexOf("\n");
  if (lineEnd < 0) {
    const isPossible = METHOD_START.test(text) && text.length < MAX_LINE_BYTES;
    return isPossible ? undefined : "";
  }
  const minor = REQUEST_LINE.exec(text.slice(0, lineEnd))?.[1];
  if (minor === undefined) return "";
  return minor === "1" ? "http/1.1" : "http/1.0";
}
