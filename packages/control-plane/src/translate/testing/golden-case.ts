import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { parse, stringify } from "yaml";
import { createRegistry } from "../../registry/registry.ts";
import { parseProxyNode, toJson, translateProxy } from "../index.ts";
import type { ProxyResources } from "../proxy-resources.ts";
import { meshFromYaml } from "./mesh-from-yaml.ts";

/** Where the cases lie: `<folder>/<case>.in.yaml` and `<folder>/<case>.out.yaml`. */
export const GOLDEN_FOLDER = join(import.meta.dirname, "../testdata");

/** What the leading comment of a case says, line by line: `# proxy: gateway`. */
interface Heading {
  readonly proxy: "explicit sidecar" | "capturing sidecar" | "gateway";
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the proxy's pod; the Pod in the file, if there is one, has the same. */
  readonly pod: string;
  readonly address: string;
  /** Weft's own proxy instead of a stock Envoy. */
  readonly weft: boolean;
  /** More of the node's metadata. */
  readonly metadata: JsonObject;
  /** `clusters`, or `clusters/NAME`: only these are written down. Absent: everything. */
  readonly show: readonly string[] | undefined;
}

const DEFAULTS: Heading = {
  proxy: "capturing sidecar",
  namespace: "default",
  labels: { app: "client" },
  pod: "client-0",
  address: "192.0.2.1",
  weft: false,
  metadata: {},
  show: undefined,
};

const HEADING_LINE =
  /^# (?=(?:proxy|namespace|labels|pod|address|weft|metadata|show): )(?<field>.*)$/gm;

/** Names of all `<name><ending>` in the folder, sorted. */
export function listGolden(ending: ".in.yaml" | ".out.yaml"): readonly string[] {
  return readdirSync(GOLDEN_FOLDER, { recursive: true, encoding: "utf8" })
    .filter((each) => each.endsWith(ending))
    .map((each) => each.slice(0, -ending.length))
    .sort();
}

/** A case, translated for the proxy that it names. */
export interface GoldenCase {
  readonly resources: ProxyResources;
  readonly isWeft: boolean;
  /** What `.out.yaml` must hold. */
  readonly text: string;
}

/** Reads and translates one case. */
export function translateGolden(name: string): GoldenCase {
  const file = `${name}.in.yaml`;
  const input = readFileSync(join(GOLDEN_FOLDER, file), "utf8");
  const heading = readHeading(input);
  const mesh = meshFromYaml({ [file]: input });
  const resources = translateProxy(mesh, createRegistry(mesh), parseProxyNode(nodeOf(heading)));
  return { resources, isWeft: heading.weft, text: show(resources, heading) };
}

function readHeading(input: string): Heading {
  const comment = /^(?:#.*\n)*/.exec(input)?.[0] ?? "";
  const lines = [...comment.matchAll(HEADING_LINE)].map(({ groups }) => groups?.field ?? "");
  const written = (parse(lines.join("\n")) ?? {}) as Partial<Heading>;
  const own = written.proxy === "gateway" ? { labels: { istio: "ingressgateway" } } : {};
  return { ...DEFAULTS, ...own, ...written };
}

function nodeOf({ proxy, namespace, labels, pod, address, weft, metadata }: Heading) {
  const kind = proxy === "gateway" ? "router" : "sidecar";
  const explicit = { INTERCEPTION_MODE: "NONE", HTTP_PROXY_PORT: "15001" };
  return {
    id: `${kind}~${address}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: {
      LABELS: labels,
      ...(proxy === "explicit sidecar" ? explicit : {}),
      ...(weft ? { WEFT_VERSION: "1.0.0" } : {}),
      ...metadata,
    },
  };
}

function show(resources: ProxyResources, { show: wanted }: Heading): string {
  const json = toJson(resources) as { [kind: string]: JsonObject[] };
  const problems = resources.problems.map(
    ({ file, line, code, field, message, remedy }) =>
      `${file}:${line}: ${code} ${field}: ${message}; ${remedy}`,
  );
  const shown: { [kind: string]: JsonValue } = {};
  for (const each of wanted ?? Object.keys(json)) {
    const [kind = "", ...name] = each.split("/");
    const all = json[kind] ?? [];
    const found = name.length === 0 ? all : all.filter((one) => nameOf(one) === name.join("/"));
    if (found.length === 0 && name.length > 0) throw new Error(`there is no ${each} to show`);
    shown[kind] = [...((shown[kind] as JsonObject[] | undefined) ?? []), ...found];
  }
  if (problems.length > 0) shown.problems = problems;
  return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false });
}

function nameOf(resource: JsonObject): JsonValue | undefined {
  return resource.name ?? resource.cluster_name;
}
