/**
 * Keys of the xDS node's metadata that Weft adds to Istio's own (NAME, NAMESPACE, LABELS,
 * SERVICE_ACCOUNT, CLUSTER_ID, MESH_ID, INTERCEPTION_MODE, HTTP_PROXY_PORT, INSTANCE_IPS …).
 */
export const NODE_METADATA = {
  /** Present (with Weft's version) when the proxy is Weft's own and understands the `istio.*` filters. */
  weftVersion: "WEFT_VERSION",
  /** Gateways on one machine: the address that servers bind instead of 0.0.0.0. */
  bindAddress: "WEFT_BIND_ADDRESS",
  /** Gateways on one machine: port of a Gateway server → port really bound, as {"80": 8080}. */
  portMap: "WEFT_PORT_MAP",
} as const;
