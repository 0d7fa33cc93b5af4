import type { IncomingMessage } from "node:http";

const COOKIE = "bookinfo_user";

/** Longer or stranger names could not stand in a header. */
const NAME = /^[\w .@-]{1,64}$/;

/**
 * Who is signed in, by cookie. The name is taken on trust: this is a demonstration of routing by
 * user, not of authentication.
 */
export function userOf(request: IncomingMessage): string | undefined {
  const pairs = (request.headers.cookie ?? "").split(/;\s*/);
  const value = pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
  if (value === undefined) return undefined;
  const name = decode(value);
  return NAME.test(name) ? name : undefined;
}

/** `Set-Cookie` that signs `name` in. */
export function userCookie(name: string): string {
  return `${COOKIE}=${encodeURIComponent(name)}; Path=/; HttpOnly; SameSite=Lax`;
}

/** `Set-Cookie` that signs out. */
export function clearedUserCookie(): string {
  return `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return "";
  }
}
