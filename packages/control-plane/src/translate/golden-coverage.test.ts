import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { resourceSchema, type Schema } from "@weft/api";
import { parse, parseAllDocuments } from "yaml";
import { GOLDEN_FOLDER, listGolden } from "./testing/golden-case.ts";

const SCHEMAS: Readonly<Record<string, Schema>> = {
  VirtualService: resourceSchema.virtualService,
  DestinationRule: resourceSchema.destinationRule,
  Gateway: resourceSchema.gateway,
  ServiceEntry: resourceSchema.serviceEntry,
  PeerAuthentication: resourceSchema.peerAuthentication,
  MeshConfig: resourceSchema.meshConfig,
};

/** Names for people, which go nowhere; and what says what is so anyway. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "Gateway spec.servers.name",
  "MeshConfig defaultProviders.metrics",
  "MeshConfig inboundTrafficPolicy.mode",
  "MeshConfig ingressControllerMode",
  "VirtualService spec.http.mirror_percent",
]);

const written = new Set(listGolden(".in.yaml").flatMap(fieldsOfCase));

for (const [kind, schema] of Object.entries(SCHEMAS)) {
  test(`every field of ${kind} that is accepted stands in a golden case`, () => {
    const accepted = new Set(
      listLeaves(schema)
        .filter((field) => !/^(apiVersion|kind|metadata|status)\b/.test(field))
        .map((field) => `${kind} ${field}`),
    );
    const missing = [...accepted].filter((each) => !written.has(each) && !WITHOUT_EFFECT.has(each));
    assert.deepEqual(missing, []);
  });
}

function fieldsOfCase(name: string): string[] {
  const text = readFileSync(join(GOLDEN_FOLDER, `${name}.in.yaml`), "utf8");
  return parseAllDocuments(text).flatMap((document) => {
    const resource = document.toJS() as { kind: string; data?: { mesh?: string } };
    const isMesh = resource.data?.mesh !== undefined;
    const kind = isMesh ? "MeshConfig" : resource.kind;
    const schema = SCHEMAS[kind];
    const value: unknown = isMesh ? parse(resource.data?.mesh ?? "") : resource;
    return schema === undefined ? [] : listWritten(schema, value).map((each) => `${kind} ${each}`);
  });
}

/** Fields with a value of their own. Policies of subsets and ports are those of the rule. */
function listLeaves(schema: Schema, field = ""): readonly string[] {
  switch (schema.kind) {
    case "unsupported":
    case "unchecked":
      return [];
    case "object":
      return Object.entries(schema.fields).flatMap(([name, inner]) =>
        listLeaves(inner, below(field, name)),
      );
    case "array":
      return listLeaves(schema.item, field);
    case "map":
      return schema.item.kind === "object" ? listLeaves(schema.item, field) : [field];
    default:
      return [field];
  }
}

function listWritten(schema: Schema, value: unknown, field = ""): readonly string[] {
  if (value === undefined || value === null) return [];
  switch (schema.kind) {
    case "object":
      return Object.entries(value).flatMap(([name, inner]) => {
        const form = schema.fields[name];
        return form === undefined ? [] : listWritten(form, inner, below(field, name));
      });
    case "array":
      return (value as unknown[]).flatMap((each) => listWritten(schema.item, each, field));
    case "map":
      return schema.item.kind === "object"
        ? Object.values(value).flatMap((each) => listWritten(schema.item, each, field))
        : [field];
    default:
      return [field];
  }
}

function below(field: string, name: string): string {
  const path = field === "" ? name : `${field}.${name}`;
  return path
    .replace("spec.subsets.trafficPolicy.", "spec.trafficPolicy.")
    .replace(/portLevelSettings\.(?!port\b)/, "");
}
