/** RFC 3986 §3.2.2 host without percent-encoding and user info, and an optional port. */
const FORM = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~!$&'()*+;=-]{1,255})(?::([0-9]{1,5}))?$/;
const MAX_PORT = 65_535;

/** Whether `text` is a host with an optional port that we are willing to route by. */
export function isAuthority(text: string): boolean {
  const parts = FORM.exec(text);
  return parts !== null && (parts[2] === undefined || Number(parts[2]) <= MAX_PORT);
}

/** Whether `text` names a host and a port, as the target of CONNECT must. */
export function isHostAndPort(text: string): boolean {
  const parts = FORM.exec(text);
  return parts?.[2] !== undefined && Number(parts[2]) <= MAX_PORT && Number(parts[2]) > 0;
}

/** Whether both name the same host; a missing port is the scheme's. */
export function isSameAuthority(one: string, other: string, defaultPort: string): boolean {
  return one === other || withPort(one, defaultPort) === withPort(other, defaultPort);
}

function withPort(authority: string, defaultPort: string): string {
  const parts = FORM.exec(authority);
  return `${parts?.[1] ?? ""}:${parts?.[2] ?? defaultPort}`.toLowerCase();
}
