import { LONG_FLAG } from "../http/response-flag.ts";
import type { StreamInfo } from "../http/stream-info.ts";
import type { SocketAddress } from "../listener/downstream-connection.ts";
import type { Operator } from "./operator.ts";

/** Operators without argument. https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage */
export const PLAIN_OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["PROTOCOL", (info) => info.request.protocol],
  ["UPSTREAM_PROTOCOL", (info) => UPSTREAM_PROTOCOL[info.upstream?.protocol ?? "none"]],
  ["RESPONSE_CODE", (info) => info.responseCode],
  ["CONNECTION_TERMINATION_DETAILS", (info) => oneWord(info.connectionTerminationDetails)],
  ["RESPONSE_FLAGS", (info) => text(info.flags.join(","))],
  ["RESPONSE_FLAGS_LONG", (info) => text(info.flags.map((flag) => LONG_FLAG[flag]).join(","))],
  ["BYTES_RECEIVED", (info) => info.bytesReceived],
  ["BYTES_SENT", (info) => info.bytesSent],
  ["DURATION", (info) => elapsed(info.startMs, info.endMs)],
  ["REQUEST_DURATION", (info) => elapsed(info.startMs, info.requestEndMs)],
  ["REQUEST_TX_DURATION", (info) => elapsed(info.startMs, info.upstreamRequestEndMs)],
  ["RESPONSE_DURATION", (info) => elapsed(info.startMs, info.upstreamResponseStartMs)],
  ["RESPONSE_TX_DURATION", (info) => elapsed(info.upstreamResponseStartMs, info.endMs)],
  ["ROUTE_NAME", (info) => text(info.route?.route.name ?? "")],
  ["VIRTUAL_CLUSTER_NAME", () => undefined],
  ["UPSTREAM_HOST", (info) => info.upstreamHost?.address],
  ["UPSTREAM_REMOTE_ADDRESS", (info) => info.upstreamHost?.address],
  ["UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", (info) => hostOf(info.upstreamHost?.address)],
  ["UPSTREAM_REMOTE_PORT", (info) => portOf(info.upstreamHost?.address)],
  ["UPSTREAM_CLUSTER", (info) => text(info.upstreamCluster)],
  ["UPSTREAM_CLUSTER_RAW", (info) => text(info.upstreamCluster)],
  ["UPSTREAM_LOCAL_ADDRESS", (info) => text(info.upstream?.localAddress ?? "")],
  ["UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", (info) => hostOf(info.upstream?.localAddress)],
  ["UPSTREAM_LOCAL_PORT", (info) => portOf(info.upstream?.localAddress)],
  ["UPSTREAM_TRANSPORT_FAILURE_REASON", (info) => oneWord(info.upstreamTransportFailure)],
  ["UPSTREAM_REQUEST_ATTEMPT_COUNT", (info) => info.attemptCount],
  ["UPSTREAM_PEER_URI_SAN", (info) => text(info.upstream?.tls?.peerUriSans.join(",") ?? "")],
  ["UPSTREAM_LOCAL_URI_SAN", (info) => text(info.upstream?.tls?.localUriSans.join(",") ?? "")],
  ["DOWNSTREAM_REMOTE_ADDRESS", (info) => clientAddress(info)],
  ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", (info) => info.remoteAddress],
  ["DOWNSTREAM_REMOTE_PORT", (info) => info.connection.remote.port],
  ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS", (info) => address(info.connection.remote)],
  ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", (info) => info.connection.remote.address],
  ["DOWNSTREAM_DIRECT_REMOTE_PORT", (info) => info.connection.remote.port],
  ["DOWNSTREAM_LOCAL_ADDRESS", (info) => address(info.connection.local)],
  ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", (info) => info.connection.local.address],
  ["DOWNSTREAM_LOCAL_PORT", (info) => info.connection.local.port],
  ["DOWNSTREAM_PEER_URI_SAN", (info) => text(info.connection.tls?.peerUriSans.join(",") ?? "")],
  ["DOWNSTREAM_LOCAL_URI_SAN", (info) => text(info.connection.tls?.localUriSans.join(",") ?? "")],
  ["DOWNSTREAM_PEER_SUBJECT", (info) => text(info.connection.tls?.peerSubject ?? "")],
  [
    "DOWNSTREAM_PEER_FINGERPRINT_256",
    (info) => text(info.connection.tls?.peerCertificateSha256 ?? ""),
  ],
  ["DOWNSTREAM_TLS_VERSION", (info) => text(info.connection.tls?.version ?? "")],
  ["REQUESTED_SERVER_NAME", (info) => serverName(info.connection.tls?.sni ?? "")],
  ["CONNECTION_ID", (info) => info.connection.id],
  ["GRPC_STATUS_NUMBER", (info) => grpcStatusNumber(info)],
  ["TRACE_ID", (info) => traceId(info)],
]);

const UPSTREAM_PROTOCOL = { http1: "HTTP/1.1", http2: "HTTP/2", none: undefined } as const;

/** Messages of TLS and of codecs hold spaces and line ends; a column of a text log cannot. */
export function oneWord(value: string): string | undefined {
  return text(value.trim().replaceAll(/\s/g, "_"));
}

/** The number when it is one; what else the peer sent stays as it is. */
export function grpcStatusNumber(info: StreamInfo): string | number | undefined {
  const status = info.grpcStatus;
  return status !== undefined && /^\d{1,10}$/.test(status) ? Number(status) : status;
}

/** A client may put any bytes into its ClientHello. Envoy marks what is no host name. */
function serverName(sni: string): string | undefined {
  const clean = sni.replaceAll(/[^A-Za-z0-9.-]/g, "_");
  return text(clean === sni ? sni : `invalid:${clean}`);
}

function text(value: string): string | undefined {
  return value === "" ? undefined : value;
}

function elapsed(fromMs: number, toMs: number): number | undefined {
  return fromMs < 0 || toMs < 0 ? undefined : Math.max(0, Math.trunc(toMs - fromMs));
}

/** What x-forwarded-for said has no port; Envoy prints 0 for it. */
function clientAddress(info: StreamInfo): string {
  const { remote } = info.connection;
  if (info.remoteAddress === remote.address) return address(remote);
  return address({ address: info.remoteAddress, port: 0 });
}

function address({ address: host, port }: SocketAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function hostOf(hostAndPort: string | undefined): string | undefined {
  const colon = hostAndPort?.lastIndexOf(":") ?? -1;
  if (colon === -1) return text(hostAndPort ?? "");
  return hostAndPort?.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
}

function portOf(hostAndPort: string | undefined): number | undefined {
  const colon = hostAndPort?.lastIndexOf(":") ?? -1;
  return colon === -1 ? undefined : Number(hostAndPort?.slice(colon + 1));
}

/** W3C first, then B3: the trace a request is part of, whoever started it. */
function traceId(info: StreamInfo): string | undefined {
  const { headers } = info.request;
  const traceparent = headers.get("traceparent")?.split("-")[1];
  return traceparent ?? headers.get("x-b3-traceid") ?? headers.get("b3")?.split("-")[0];
}
