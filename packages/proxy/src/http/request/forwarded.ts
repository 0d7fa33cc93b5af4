import { isIP } from "node:net";
import type { RequestHead } from "../../codec/codec.ts";
import type { DownstreamConnection } from "../../listener/downstream-connection.ts";

/** Whom to believe about where a request came from. */
export interface ForwardedRules {
  /** True at the edge: the socket's peer is the client, and its claims count for nothing. */
  readonly useRemoteAddress: boolean;
  /** Proxies in front of us whose x-forwarded-for entries are believed. */
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly appendXForwardedPort: boolean;
}

/**
 * Sets x-forwarded-for, x-forwarded-proto and the scheme, strips internal headers at the edge, and
 * answers the client's address.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-for
 */
export function applyForwarded(
  request: RequestHead,
  connection: DownstreamConnection,
  rules: ForwardedRules,
): string {
  const { headers } = request;
  const socketScheme = connection.tls === undefined ? "http" : "https";
  let clientAddress: string;
  if (rules.useRemoteAddress) {
    const given = headers.joined("x-forwarded-for");
    clientAddress = trustedAddress(given, rules.xffNumTrustedHops - 1) ?? connection.remote.address;
    if (!rules.skipXffAppend) appendForwardedFor(request, given, connection.remote.address);
    if (rules.xffNumTrustedHops === 0 || !headers.has("x-forwarded-proto")) {
      headers.set("x-forwarded-proto", socketScheme);
    }
    for (const name of EDGE_STRIPPED) if (headers.has(name)) headers.remove(name);
    headers.set("x-envoy-external-address", clientAddress);
  } else {
    clientAddress =
      trustedAddress(headers.joined("x-forwarded-for"), rules.xffNumTrustedHops) ??
      connection.remote.address;
    if (!headers.has("x-forwarded-proto")) headers.set("x-forwarded-proto", socketScheme);
  }
  const proto = headers.get("x-forwarded-proto");
  request.scheme = proto === "http" || proto === "https" ? proto : socketScheme;
  const isPortBelieved =
    headers.has("x-forwarded-port") && !(rules.useRemoteAddress && rules.xffNumTrustedHops === 0);
  if (rules.appendXForwardedPort && !isPortBelieved) {
    headers.set("x-forwarded-port", String(connection.local.port));
  }
  return clientAddress;
}

/** The entry `hopsFromRight` before the last one, when it is an address. */
function trustedAddress(given: string | undefined, hopsFromRight: number): string | undefined {
  if (given === undefined || hopsFromRight < 0) return undefined;
  const entry =
    given
      .split(",")
      .at(-1 - hopsFromRight)
      ?.trim() ?? "";
  return isIP(entry) === 0 ? undefined : entry;
}

function appendForwardedFor(
  request: RequestHead,
  given: string | undefined,
  address: string,
): void {
  const value = given === undefined || given === "" ? address : `${given},${address}`;
  request.headers.set("x-forwarded-for", value);
}

/** What only proxies of the mesh may say: header_sanitizing of Envoy. */
const EDGE_STRIPPED = [
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-external-address",
  "x-envoy-force-trace",
  "x-envoy-internal",
  "x-envoy-ip-tags",
  "x-envoy-max-retries",
  "x-envoy-original-path",
  "x-envoy-original-host",
  "x-envoy-retriable-header-names",
  "x-envoy-retriable-status-codes",
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-stream-duration-ms",
  "x-envoy-hedge-on-per-try-timeout",
];
