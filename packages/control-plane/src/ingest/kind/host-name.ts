import { isIP } from "node:net";
import type { ExportTo } from "../../model/resource.ts";

/** Kubernetes' DNS suffix. */
export const CLUSTER_DOMAIN = "cluster.local";

/** `reviews` → `reviews.<namespace>.svc.cluster.local`; what has a dot, or is `*`, stays. Lower case. */
export function qualifyHost(host: string, namespace: string): string {
  const lower = host.toLowerCase();
  if (lower.includes(".") || lower.startsWith("*") || isIP(lower) !== 0) return lower;
  return `${lower}.${namespace}.svc.${CLUSTER_DOMAIN}`;
}

/** `mesh`, or `namespace/name`. `./name` and `name` mean the own namespace; `name.ns.svc…` is an old form. */
export function qualifyGateway(gateway: string, namespace: string): string {
  if (gateway === "mesh") return gateway;
  const [left = "", right] = gateway.split("/");
  if (right !== undefined) return `${left === "." ? namespace : left}/${right}`;
  const [name = "", otherNamespace] = gateway.split(".");
  return `${otherNamespace ?? namespace}/${name}`;
}

/** The ExportTo of the comma-separated annotation `networking.istio.io/exportTo`. */
export function exportToOfAnnotation(text: string | undefined): ExportTo {
  if (text === undefined) return [];
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
