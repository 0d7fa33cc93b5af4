/** Host and port. */
interface Place {
  readonly address: string;
  readonly port: number;
}

const HTTP_CONNECTION_MANAGER =
  "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

/**
 * A static listener that answers one path from the proxy's admin endpoint, as Istio's bootstrap has
 * it for Prometheus: scrapers and probes see that path and nothing else of the admin interface.
 */
export function buildAdminForward(options: {
  readonly name: string;
  readonly listen: Place;
  readonly path: string;
  readonly rewrite: string;
  readonly admin: Place;
}) {
  const { name, listen, path, rewrite, admin } = options;
  const route = {
    match: { path },
    route: { cluster: name, ...(rewrite !== path && { prefix_rewrite: rewrite }) },
  };
  const httpConnectionManager = {
    "@type": HTTP_CONNECTION_MANAGER,
    codec_type: "AUTO",
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name: "backend", domains: ["*"], routes: [route] }] },
    http_filters: [{ name: "envoy.filters.http.router", typed_config: { "@type": ROUTER } }],
  };
  return {
    cluster: {
      name,
      type: "STATIC",
      connect_timeout: "0.250s",
      lb_policy: "ROUND_ROBIN",
      load_assignment: {
        cluster_name: name,
        endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(admin) } }] }],
      },
    },
    listener: {
      name: `static_${name}`,
      address: socketAddress(listen),
      filter_chains: [
        {
          filters: [
            {
              name: "envoy.filters.network.http_connection_manager",
              typed_config: httpConnectionManager,
            },
          ],
        },
      ],
    },
  };
}

function socketAddress({ address, port }: Place) {
  return { socket_address: { protocol: "TCP", address, port_value: port } };
}
