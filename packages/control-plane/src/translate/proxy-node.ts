import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { NODE_METADATA } from "@weft/api";
import type { Node } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { ConfigError } from "@weft/core";
import type { ProxyNode } from "../model/proxy-node.ts";
import type { Labels } from "../model/resource.ts";

/** Reads what a proxy says of itself. Throws ConfigError when the id is not Istio's `kind~ip~pod.ns~domain`. */
export function parseProxyNode(node: Pick<Node, "id" | "metadata">): ProxyNode {
  const [kind = "", address = "", instance = "", dnsDomain = ""] = node.id.split("~");
  if (kind !== "sidecar" && kind !== "router") {
    throw new ConfigError("node.id", `must begin with sidecar~ or router~, not ${quote(kind)}`);
  }
  const dot = instance.lastIndexOf(".");
  if (address === "" || dot < 1 || dnsDomain === "") {
    throw new ConfigError("node.id", `must be kind~ip~pod.namespace~domain, not ${quote(node.id)}`);
  }
  const metadata = node.metadata ?? {};
  const namespace = text(metadata.NAMESPACE) || instance.slice(dot + 1);
  return {
    id: node.id,
    kind,
    address,
    podName: instance.slice(0, dot),
    namespace,
    serviceAccount: text(metadata.SERVICE_ACCOUNT) || "default",
    labels: labels(metadata.LABELS),
    dnsDomain,
    interceptionMode: text(metadata.INTERCEPTION_MODE) === "NONE" ? "NONE" : "REDIRECT",
    httpProxyPort: port("HTTP_PROXY_PORT", metadata.HTTP_PROXY_PORT),
    weftVersion: text(metadata[NODE_METADATA.weftVersion]),
    bindAddress: text(metadata[NODE_METADATA.bindAddress]),
    portMap: portMap(metadata[NODE_METADATA.portMap]),
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function labels(value: JsonValue | undefined): Labels {
  const found: Record<string, string> = {};
  for (const [name, label] of Object.entries(object(value))) found[name] = text(label);
  return found;
}

function portMap(value: JsonValue | undefined): ReadonlyMap<number, number> {
  const field = NODE_METADATA.portMap;
  return new Map(
    Object.entries(object(value)).map(([from, to]) => [port(field, from), port(field, to)]),
  );
}

/** A Struct, or its JSON as text, as Istio's agent passes structured metadata from the environment. */
function object(value: JsonValue | undefined): JsonObject {
  const parsed: unknown = typeof value === "string" ? parseJson(value) : value;
  const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  return isObject ? (parsed as JsonObject) : {};
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** 0 when absent. */
function port(field: string, value: JsonValue | undefined): number {
  const number = Number(text(value) || 0);
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new ConfigError(`node.metadata.${field}`, `must be a port, not ${quote(text(value))}`);
  }
  return number;
}

/** The peer chose the text: it is kept short. */
function quote(value: string): string {
  return JSON.stringify(value.slice(0, 100));
}
