import type { Service } from "../../model/service.ts";
import type { Endpoint } from "../../registry/endpoint.ts";
import type { Scope } from "../scope.ts";

/** A sidecar is there, and its policy does not turn mutual TLS off. */
export function speaksMutualTls(endpoint: Endpoint, service: Service, scope: Scope): boolean {
  if (!endpoint.hasSidecar) return false;
  const namespace = endpoint.workload?.namespace ?? service.namespace;
  return (
    scope.registry.mtlsPolicy(namespace, endpoint.labels, endpoint.targetPort).mode !== "DISABLE"
  );
}
