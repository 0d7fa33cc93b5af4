import type { JsonObject } from "@bufbuild/protobuf";
import type { Cluster as ClusterMessage } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { TransportSocket } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { UpstreamTransport } from "../upstream/connect.ts";
import type { TransportMatcher } from "./upstream-cluster.ts";

/** Makes a transport of a socket's configuration; throws `ConfigError` naming `field`. */
export type TransportBuilder = (socket: TransportSocket, field: string) => UpstreamTransport;

/** Where endpoints say which of a cluster's sockets they want: `{ tlsMode: "istio" }`. */
const MATCH_NAMESPACE = "envoy.transport_socket_match";

const RAW: UpstreamTransport = { kind: "raw" };

/**
 * The transport of each endpoint: the first of `transport_socket_matches` whose every key the
 * endpoint's metadata has with that value, else the cluster's own socket.
 */
export function buildTransportMatcher(
  message: ClusterMessage,
  build: TransportBuilder,
): TransportMatcher {
  const fallback =
    message.transportSocket === undefined
      ? RAW
      : build(message.transportSocket, "transport_socket");
  const matches = message.transportSocketMatches.map(({ match, transportSocket }, index) => {
    const field = `transport_socket_matches[${index}].transport_socket`;
    return {
      criteria: Object.entries(match ?? {}),
      transport: transportSocket === undefined ? RAW : build(transportSocket, field),
    };
  });
  return {
    match({ metadata }) {
      const wanted = metadata[MATCH_NAMESPACE] ?? {};
      const found = matches.find(({ criteria }) => isMatch(criteria, wanted));
      return found?.transport ?? fallback;
    },
    close() {
      for (const transport of [fallback, ...matches.map((match) => match.transport)])
        if (transport.kind === "tls") transport.tls.close();
    },
  };
}

function isMatch(
  criteria: readonly [string, JsonObject[string]][],
  wanted: Readonly<Record<string, unknown>>,
): boolean {
  return criteria.every(([key, value]) => JSON.stringify(wanted[key]) === JSON.stringify(value));
}
