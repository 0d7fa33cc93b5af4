import type { JsonValue } from "@bufbuild/protobuf";

type Fields = { [key: string]: JsonValue };
type Resources = { readonly [kind in "listeners" | "routes" | "clusters" | "endpoints"]: Fields[] };

/** Files that stand for those which the configuration names. */
export interface Files {
  readonly certificate: string;
  readonly key: string;
  readonly roots: string;
}

/**
 * A bootstrap that holds, statically, what a proxy would get over ADS, so that `envoy --mode validate` looks at
 * all of it: routes stand in their listeners, endpoints in clusters of their own.
 */
export function buildStaticBootstrap(resources: JsonValue, files: Files): JsonValue {
  const { listeners, routes, clusters, endpoints } = resources as unknown as Resources;
  const byName = new Map(routes.map((each) => [each.name, each]));
  const bootstrap: JsonValue = {
    node: { id: "validated", cluster: "validated" },
    bootstrap_extensions: [
      {
        name: "envoy.bootstrap.internal_listener",
        typed_config: { "@type": `${EXTENSIONS}.bootstrap.internal_listener.v3.InternalListener` },
      },
    ],
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        grpc_services: [{ envoy_grpc: { cluster_name: "xds-grpc" } }],
      },
    },
    static_resources: {
      listeners: listeners.map((each) => withRoutes(each, byName)),
      clusters: [
        grpcCluster("xds-grpc"),
        grpcCluster("sds-grpc"),
        ...clusters,
        ...endpoints.map(clusterOf),
      ],
    },
  };
  return JSON.parse(
    JSON.stringify(bootstrap)
      .replaceAll("/certs/bookinfo.pem", files.certificate)
      .replaceAll("/certs/bookinfo-key.pem", files.key)
      .replaceAll("/etc/ssl/certs/ca-certificates.crt", files.roots),
  );
}

const EXTENSIONS = "type.googleapis.com/envoy.extensions";

/** Puts the route configuration in the place where its name stands; throws when there is none. */
function withRoutes(
  value: JsonValue,
  routes: ReadonlyMap<JsonValue | undefined, Fields>,
): JsonValue {
  if (Array.isArray(value)) return value.map((each) => withRoutes(each, routes));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key !== "rds") return [key, withRoutes(each, routes)];
      const { route_config_name: name } = each as Fields;
      const found = routes.get(name);
      if (found === undefined) throw new Error(`no route configuration ${name}`);
      return ["route_config", found];
    }),
  );
}

function clusterOf(assignment: Fields): JsonValue {
  return {
    name: `endpoints of ${assignment.cluster_name}`,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: assignment,
  };
}

function grpcCluster(name: string): JsonValue {
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    typed_extension_protocol_options: {
      [options]: {
        "@type": `type.googleapis.com/${options}`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: { cluster_name: name },
  };
}
