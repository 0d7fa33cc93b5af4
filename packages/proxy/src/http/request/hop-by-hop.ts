import type { HeaderMap } from "../header-map.ts";

/**
 * Removes what concerns only this connection: RFC 9110 §7.6.1. Headers that `connection` names go too,
 * except those whose loss would change the request's meaning or trust.
 */
export function removeHopByHop(headers: HeaderMap, keepsUpgrade: boolean): void {
  const connection = headers.joined("connection");
  if (connection !== undefined) {
    for (const part of connection.split(",")) {
      const name = part.trim().toLowerCase();
      if (name !== "" && !PROTECTED.has(name) && !(keepsUpgrade && name === "upgrade")) {
        headers.remove(name);
      }
    }
    if (keepsUpgrade) headers.set("connection", "upgrade");
    else headers.remove("connection");
  }
  for (const name of HOP_BY_HOP) if (headers.has(name)) headers.remove(name);
  if (!keepsUpgrade && headers.has("upgrade")) headers.remove("upgrade");
  const te = headers.joined("te");
  if (te === undefined) return;
  // gRPC needs `te: trailers` to reach the server; nothing else of it may pass.
  const passesTrailers = te.split(",").some((part) => part.trim().toLowerCase() === "trailers");
  if (passesTrailers) headers.set("te", "trailers");
  else headers.remove("te");
}

/** The upgrade a request or response asks for, in lower-case: `websocket`. */
export function upgradeOf(headers: HeaderMap): string | undefined {
  const upgrade = headers.get("upgrade");
  if (upgrade === undefined) return undefined;
  const connection = headers.joined("connection") ?? "";
  const isNamed = connection.split(",").some((part) => part.trim().toLowerCase() === "upgrade");
  return isNamed ? upgrade.toLowerCase() : undefined;
}

const HOP_BY_HOP = ["keep-alive", "proxy-connection", "transfer-encoding", "proxy-authenticate"];

/** `Connection: x-forwarded-for` must not be a way to strip what proxies before us have said. */
const PROTECTED: ReadonlySet<string> = new Set([
  "te",
  "host",
  "content-length",
  "content-type",
  "cookie",
  "authorization",
  "x-request-id",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-client-cert",
  "x-envoy-peer-metadata",
  "x-envoy-peer-metadata-id",
]);
