import { deploymentKind } from "./kind/deployment.ts";
import { destinationRuleKind } from "./kind/destination-rule.ts";
import { gatewayKind } from "./kind/gateway.ts";
import { meshConfigKind } from "./kind/mesh-config.ts";
import { namespaceKind } from "./kind/namespace.ts";
import { peerAuthenticationKind } from "./kind/peer-authentication.ts";
import { podKind } from "./kind/pod.ts";
import { serviceKind } from "./kind/service.ts";
import { serviceAccountKind } from "./kind/service-account.ts";
import { serviceEntryKind } from "./kind/service-entry.ts";
import { virtualServiceKind } from "./kind/virtual-service/virtual-service.ts";
import type { ProblemCode } from "./problem-code.ts";
import type { ResourceKind } from "./resource-kind.ts";
import { closestWord } from "./yaml/closest-word.ts";

/** Everything Weft understands: a new kind is a line here, a schema and a parser. */
const RESOURCE_KINDS: readonly ResourceKind[] = [
  serviceKind,
  deploymentKind,
  podKind,
  serviceAccountKind,
  namespaceKind,
  meshConfigKind,
  virtualServiceKind,
  destinationRuleKind,
  gatewayKind,
  serviceEntryKind,
  peerAuthenticationKind,
];

/** Istio's kinds that say how traffic goes or who may call: to ignore one would fail open. */
const NOT_YET: ReadonlySet<string> = new Set([
  "networking.istio.io/EnvoyFilter",
  "networking.istio.io/ProxyConfig",
  "networking.istio.io/Sidecar",
  "networking.istio.io/WorkloadEntry",
  "networking.istio.io/WorkloadGroup",
  "security.istio.io/AuthorizationPolicy",
  "security.istio.io/RequestAuthentication",
  "telemetry.istio.io/Telemetry",
  "extensions.istio.io/TrafficExtension",
  "extensions.istio.io/WasmPlugin",
  "install.istio.io/IstioOperator",
  "gateway.networking.k8s.io/BackendTLSPolicy",
  "gateway.networking.k8s.io/Gateway",
  "gateway.networking.k8s.io/GatewayClass",
  "gateway.networking.k8s.io/GRPCRoute",
  "gateway.networking.k8s.io/HTTPRoute",
  "gateway.networking.k8s.io/ListenerSet",
  "gateway.networking.k8s.io/ReferenceGrant",
  "gateway.networking.k8s.io/TCPRoute",
  "gateway.networking.k8s.io/TLSRoute",
  "gateway.networking.k8s.io/UDPRoute",
]);

/** Groups whose kinds are all known here, so that a misspelt one is told from a foreign one. */
const ISTIO_GROUPS: ReadonlySet<string> = new Set(
  [...NOT_YET].map((each) => each.slice(0, each.indexOf("/"))),
);

/** Kubernetes' own kinds in the groups we read from; they do not concern a mesh. */
const FOREIGN_KINDS: ReadonlySet<string> = new Set([
  ...["Binding", "ComponentStatus", "Endpoints", "Event", "LimitRange", "Node"].map(inCore),
  ...["PersistentVolume", "PersistentVolumeClaim", "PodTemplate"].map(inCore),
  ...["ReplicationController", "ResourceQuota", "Secret"].map(inCore),
  ...["ControllerRevision", "DaemonSet", "ReplicaSet", "StatefulSet"].map((kind) => `apps/${kind}`),
]);

/** The kind, or why the document cannot be read. */
export type KindLookup =
  | { readonly kind: ResourceKind }
  | {
      readonly kind: undefined;
      readonly severity: "error" | "warning";
      readonly code: ProblemCode;
      readonly field: "apiVersion" | "kind";
      readonly message: string;
      readonly remedy: string;
    };

/** What `apiVersion` and `kind` of a document mean. */
export function findResourceKind(apiVersion: string, kind: string): KindLookup {
  const { group, version } = splitApiVersion(apiVersion);
  const id = `${group}/${kind}`;
  const found = RESOURCE_KINDS.find((each) => each.group === group && each.kind === kind);
  if (found?.versions.includes(version) === true) return { kind: found };
  if (found !== undefined) {
    const served = found.versions.map((each) => (group === "" ? each : `${group}/${each}`));
    return refuse("error", "UnknownVersion", "apiVersion", {
      message: `${kind} is not served as ${apiVersion}`,
      remedy: `write ${served.join(" or ")}`,
    });
  }
  if (NOT_YET.has(id)) {
    return refuse("error", "UnsupportedKind", "kind", {
      message: `Weft does not implement ${kind} of ${group} yet; without it traffic would go otherwise`,
      remedy: "take the document out",
    });
  }
  const isForeign = FOREIGN_KINDS.has(id) || !(group in OWN_GROUPS || ISTIO_GROUPS.has(group));
  if (isForeign) {
    return refuse("warning", "UnsupportedKind", "kind", {
      message: `${kind} does not concern the mesh and is left alone`,
      remedy: "",
    });
  }
  return refuseUnknown(apiVersion, kind);
}

const OWN_GROUPS: Readonly<Record<string, true>> = { "": true, apps: true };

function inCore(kind: string): string {
  return `/${kind}`;
}

function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  if (slash < 0) return { group: "", version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

function refuse(
  severity: "error" | "warning",
  code: ProblemCode,
  field: "apiVersion" | "kind",
  text: { readonly message: string; readonly remedy: string },
): KindLookup {
  return { kind: undefined, severity, code, field, ...text };
}

function refuseUnknown(apiVersion: string, kind: string): KindLookup {
  const elsewhere = RESOURCE_KINDS.find((each) => each.kind === kind);
  const near = closestWord(
    kind,
    RESOURCE_KINDS.map((each) => each.kind),
  );
  if (elsewhere !== undefined) {
    const { group, versions } = elsewhere;
    return refuse("error", "UnknownKind", "apiVersion", {
      message: `${apiVersion} has no kind ${kind}`,
      remedy: `write apiVersion: ${group === "" ? "" : `${group}/`}${versions[0] ?? ""}`,
    });
  }
  return refuse("error", "UnknownKind", "kind", {
    message: `${apiVersion} has no kind ${kind}`,
    remedy: near === undefined ? "see the list of kinds in the reference" : `did you mean ${near}?`,
  });
}
