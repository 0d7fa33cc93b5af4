import { ANNOTATION, resourceSchema, type ValueOf } from "@weft/api";
import type { Workload } from "../../model/workload.ts";
import { defineKind, type ResourceContext } from "../resource-kind.ts";
import { toContainerPorts, toServiceAccount } from "./container.ts";

type Pod = ValueOf<typeof resourceSchema.pod>;

/** Kubernetes core/v1 Pod: a workload, once it has an address. */
export const podKind = defineKind({
  group: "",
  versions: ["v1"],
  kind: "Pod",
  schema: resourceSchema.pod,
  parse(pod, context) {
    const address = pod.status?.podIP;
    if (address === undefined) return {};
    const bindPorts = readPortMap(pod, ANNOTATION.bindPorts, context);
    const workload: Workload = {
      ...context.resource,
      address,
      serviceAccount: toServiceAccount(pod.spec),
      workloadName: nameOfOwner(context),
      isReady: isReady(pod),
      hasSidecar: hasSidecar(pod),
      containerPorts: toContainerPorts(pod.spec),
      appPorts: readPortMap(pod, ANNOTATION.appPorts, context),
      bindPorts,
    };
    return { workloads: [workload] };
  },
});

function isReady({ status }: Pod): boolean {
  return (
    status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") ?? false
  );
}

/** Injected by Istio, or started by Weft with a sidecar that binds its ports. */
function hasSidecar({ metadata, spec }: Pod): boolean {
  const { labels, annotations } = metadata;
  return (
    labels?.get("security.istio.io/tlsMode") === "istio" ||
    annotations?.has("sidecar.istio.io/status") === true ||
    annotations?.has(ANNOTATION.bindPorts) === true ||
    // Alone it is a gateway: it speaks what its Gateway says, not mutual TLS.
    (spec.containers.length > 1 && spec.containers.some(({ name }) => name === "istio-proxy"))
  );
}

/**
 * Deployments name their pods `<deployment>-<hash>-<random>`, Weft's launcher `<deployment>-<index>`;
 * a pod without any owner keeps its own name.
 */
function nameOfOwner({ resource }: ResourceContext): string {
  const { name, labels } = resource;
  const hash = labels["pod-template-hash"];
  const end = hash === undefined ? -1 : name.lastIndexOf(`-${hash}-`);
  if (end > 0) return name.slice(0, end);
  return name.replace(/-\d+$/, "");
}

function readPortMap(
  { metadata }: Pod,
  annotation: string,
  { report }: ResourceContext,
): ReadonlyMap<number, number> {
  const text = metadata.annotations?.get(annotation);
  const ports = new Map<number, number>();
  if (text === undefined) return ports;
  const entries = parseEntries(text);
  for (const [key, value] of entries ?? []) ports.set(Number(key), Number(value));
  const isSound = entries !== undefined && [...ports].flat().every(isPort);
  if (!isSound) {
    report({
      code: "InvalidValue",
      path: ["metadata", "annotations", annotation],
      message: `${JSON.stringify(text)} is not a JSON object from port to port`,
      remedy: `write it like '{"9080":41234}'`,
    });
  }
  return ports;
}

function parseEntries(text: string): readonly [string, unknown][] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? Object.entries(value) : undefined;
  } catch {
    return undefined; // Told by the caller, who knows the place.
  }
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}
