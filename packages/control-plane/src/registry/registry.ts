import type { DestinationRule } from "../model/destination-rule.ts";
import type { Gateway } from "../model/gateway.ts";
import type { Mesh } from "../model/mesh.ts";
import { type Labels, matchLabels } from "../model/resource.ts";
import type { Service, ServicePort } from "../model/service.ts";
import type { VirtualService } from "../model/virtual-service.ts";
import type { Workload } from "../model/workload.ts";
import { createDestinationRuleIndex } from "./destination-rule-index.ts";
import { type Endpoint, findEndpoints } from "./endpoint.ts";
import { effectiveMtlsPolicy, type MtlsPolicy, portsWithMtlsPolicy } from "./mtls-mode.ts";
import { isExportedTo } from "./visibility.ts";

/**
 * Questions that translation asks of one mesh: who sees what, who belongs to what, which rule holds.
 * Pure: the same mesh gives the same answers, and the same objects.
 */
export interface Registry {
  readonly mesh: Mesh;

  /**
   * The service that a client in `namespace` means by `hostname`; its own namespace's goes before
   * others', else the oldest.
   */
  service(hostname: string, namespace: string): Service | undefined;

  /** Services exported to `namespace`, in the mesh's order; one for each hostname. */
  visibleServices(namespace: string): readonly Service[];

  /** `undefined` when no such workload is known. */
  workload(namespace: string, name: string): Workload | undefined;

  /** Services of the same namespace whose selector holds for `labels`, in the mesh's order. */
  servicesSelecting(namespace: string, labels: Labels): readonly Service[];

  /** Ready endpoints of a port, narrowed to those with `subsetLabels` (`{}`: all). */
  endpoints(service: Service, port: ServicePort, subsetLabels: Labels): readonly Endpoint[];

  /** What an inbound port accepts; `port` is the workload's, `undefined` asks for the workload as a whole. */
  mtlsPolicy(namespace: string, labels: Labels, port: number | undefined): MtlsPolicy;

  /** Ports for which {@link mtlsPolicy} may say something else than for the workload as a whole. */
  mtlsPorts(namespace: string, labels: Labels): readonly number[];

  /**
   * The rule a client obeys towards `service`: of its own namespace (other than the root namespace), else the
   * service's, else the root namespace's; exact hosts before wildcards. Several rules for one host are merged as Istio does.
   */
  destinationRule(client: Client, service: Service): DestinationRule | undefined;

  /** Visible to `namespace` and bound to `gateway`: `mesh`, or `namespace/name`. Oldest first. */
  virtualServices(namespace: string, gateway: string): readonly VirtualService[];

  /** Gateways whose selector holds for the router's labels. */
  gatewaysSelecting(labels: Labels): readonly Gateway[];
}

/** The workload that calls. */
export interface Client {
  readonly namespace: string;
  readonly labels: Labels;
}

/** Indexes `mesh` once; answers are then quick and remembered. */
export function createRegistry(mesh: Mesh): Registry {
  const visible = new Map<string, ReadonlyMap<string, Service>>();
  const workloads = new Map(mesh.workloads.map((each) => [`${each.namespace}/${each.name}`, each]));
  const destinationRules = createDestinationRuleIndex(mesh);
  const visibleByHostname = (namespace: string) => {
    let services = visible.get(namespace);
    if (services === undefined) {
      services = indexVisible(mesh.services, namespace);
      visible.set(namespace, services);
    }
    return services;
  };

  return {
    mesh,
    service: (hostname, namespace) => visibleByHostname(namespace).get(hostname),
    visibleServices: (namespace) => [...visibleByHostname(namespace).values()],
    workload: (namespace, name) => workloads.get(`${namespace}/${name}`),
    servicesSelecting: (namespace, labels) =>
      mesh.services.filter((each) => each.namespace === namespace && isSelectedBy(each, labels)),
    endpoints: (service, port, subsetLabels) =>
      findEndpoints(mesh.workloads, service, port, subsetLabels),
    mtlsPolicy: (namespace, labels, port) => effectiveMtlsPolicy(mesh, namespace, labels, port),
    mtlsPorts: (namespace, labels) => portsWithMtlsPolicy(mesh, namespace, labels),
    destinationRule: (client, service) => destinationRules.find(client, service),
    virtualServices: (namespace, gateway) =>
      mesh.virtualServices.filter(
        (each) => each.gateways.includes(gateway) && isExportedTo(each, namespace),
      ),
    gatewaysSelecting: (labels) =>
      mesh.gateways.filter((each) => matchLabels(each.selector, labels)),
  };
}

function indexVisible(
  services: readonly Service[],
  namespace: string,
): ReadonlyMap<string, Service> {
  const byHostname = new Map<string, Service>();
  for (const service of services) {
    if (!isExportedTo(service, namespace)) continue;
    const rival = byHostname.get(service.hostname);
    const isNearer = rival?.namespace !== namespace && service.namespace === namespace;
    if (rival === undefined || isNearer) byHostname.set(service.hostname, service);
  }
  return byHostname;
}

/** An empty selector on a Kubernetes Service selects nothing, other than a policy's. */
function isSelectedBy({ selector }: Service, labels: Labels): boolean {
  return (
    selector !== undefined && Object.keys(selector).length > 0 && matchLabels(selector, labels)
  );
}
