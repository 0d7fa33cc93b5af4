import { resourceSchema, type ValueOf } from "@weft/api";
import { isScalar, type Node } from "yaml";
import type { MeshConfig } from "../../model/mesh-config.ts";
import type { Origin } from "../../model/resource.ts";
import { defineKind, type ResourceContext } from "../resource-kind.ts";
import { decode } from "../yaml/decode.ts";
import { type Finding, type Position, SourceDocument } from "../yaml/source-document.ts";
import { CLUSTER_DOMAIN } from "./host-name.ts";
import { findRetryMistakes, toRetryPolicy } from "./virtual-service/retry-policy.ts";

type Written = ValueOf<typeof resourceSchema.meshConfig>;

const MESH_PATH = ["data", "mesh"] as const;

/** Istio's defaults, for a mesh without configuration. */
export const DEFAULT_MESH_CONFIG: MeshConfig = toMeshConfig(undefined, undefined);

/** The ConfigMap `istio` of the root namespace. Other ConfigMaps are applications' and left alone. */
export const meshConfigKind = defineKind({
  group: "",
  versions: ["v1"],
  kind: "ConfigMap",
  schema: resourceSchema.meshConfigMap,
  parse({ data }, context) {
    const { resource, report } = context;
    const text = data?.get("mesh");
    if (resource.name !== "istio" || text === undefined) return {};
    if (hasNetworks(data?.get("meshNetworks"))) {
      report({
        code: "Unsupported",
        path: ["data", "meshNetworks"],
        message: "Istio knows several networks, Weft does not implement them yet",
        remedy: "leave it out",
      });
    }
    const written = readMeshConfig(text, context);
    if (written === undefined) return {};
    const meshConfig = toMeshConfig(written, context.originAt(MESH_PATH));
    if (resource.namespace === meshConfig.rootNamespace) return { meshConfig };
    report({
      severity: "warning",
      code: "NoEffect",
      path: ["metadata", "namespace"],
      message: `mesh configuration counts in the root namespace only, not in ${resource.namespace}`,
      remedy: `write namespace: ${meshConfig.rootNamespace}`,
    });
    return {};
  },
});

function hasNetworks(text: string | undefined): boolean {
  return text !== undefined && !/^\s*(?:networks:\s*\{\s*\}\s*)?$/.test(text);
}

function readMeshConfig(text: string, context: ResourceContext): Written | undefined {
  const { document } = context;
  const place = createPlace(document, document.nodeAt(MESH_PATH));
  const inner = SourceDocument.parse(document.file, text, place, MESH_PATH);
  if (inner.syntaxProblems.length > 0) {
    context.reportProblems(inner.syntaxProblems);
    return undefined;
  }
  if (inner.root === undefined) return {} as Written;
  const { value, problems } = decode(resourceSchema.meshConfig, inner);
  context.reportProblems(problems);
  if (value !== undefined) {
    context.reportProblems(findMistakes(value).map((finding) => inner.problem(finding)));
  }
  return value;
}

/** What the schema cannot tell. */
function findMistakes(written: Written): readonly Finding[] {
  const { accessLogEncoding, accessLogFormat = "", defaultHttpRetryPolicy: retries } = written;
  const isBroken =
    accessLogEncoding === "JSON" && accessLogFormat !== "" && !isJsonObject(accessLogFormat);
  const format = {
    code: "InvalidValue",
    path: ["accessLogFormat"],
    message: "is not a JSON object, as accessLogEncoding JSON wants it",
    remedy: `write it like '{ "code": "%RESPONSE_CODE%" }'`,
  } as const;
  return [
    ...(isBroken ? [format] : []),
    ...(retries === undefined ? [] : findRetryMistakes(retries, ["defaultHttpRetryPolicy"])),
  ];
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Lines of a literal block stand in the file as they are, but indented; other texts have one place. */
function createPlace(
  document: SourceDocument,
  node: Node | undefined,
): (inText: Position) => Position {
  const start = document.position(node);
  if (!isScalar(node) || node.type !== "BLOCK_LITERAL") return () => start;
  const token = node.srcToken;
  const source = token?.type === "block-scalar" ? token.source : "";
  const indent = /^ */.exec(source.replace(/^(?: *\r?\n)+/, ""))?.[0].length ?? 0;
  return ({ line, column }) => ({ line: start.line + line, column: column + indent });
}

function toMeshConfig(written: Written | undefined, origin: Origin | undefined): MeshConfig {
  const retries = written?.defaultHttpRetryPolicy;
  return {
    origin,
    trustDomain: written?.trustDomain ?? "cluster.local",
    rootNamespace: written?.rootNamespace ?? "istio-system",
    clusterDomain: CLUSTER_DOMAIN,
    outboundTrafficPolicy: written?.outboundTrafficPolicy?.mode ?? "ALLOW_ANY",
    enableAutoMtls: written?.enableAutoMtls ?? true,
    accessLogFile: written?.accessLogFile ?? "",
    accessLogEncoding: written?.accessLogEncoding ?? "TEXT",
    accessLogFormat: written?.accessLogFormat ?? "",
    connectTimeoutMs: written?.connectTimeout ?? 10_000,
    defaultHttpRetryPolicy: retries && toRetryPolicy(retries),
    protocolDetectionTimeoutMs: written?.protocolDetectionTimeout ?? 0,
    h2UpgradePolicy: written?.h2UpgradePolicy ?? "DO_NOT_UPGRADE",
  };
}
