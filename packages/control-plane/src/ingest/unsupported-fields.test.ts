import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resourceSchema, type Schema } from "@weft/api";
import { parseFile } from "./parse-file.ts";

/** Istio's kinds: here a field that is taken and not looked into would change what a mesh does. */
const ISTIO_KINDS: Readonly<Record<string, readonly [apiVersion: string, schema: Schema]>> = {
  VirtualService: ["networking.istio.io/v1", resourceSchema.virtualService],
  DestinationRule: ["networking.istio.io/v1", resourceSchema.destinationRule],
  Gateway: ["networking.istio.io/v1", resourceSchema.gateway],
  ServiceEntry: ["networking.istio.io/v1", resourceSchema.serviceEntry],
  PeerAuthentication: ["security.istio.io/v1", resourceSchema.peerAuthentication],
};

/** A field, or a word for one, that Istio knows and Weft does not. */
interface Refused {
  readonly field: string;
  /** The document around it. */
  readonly value: unknown;
}

for (const [kind, [apiVersion, schema]] of Object.entries(ISTIO_KINDS)) {
  describe(`${kind}: what Weft does not implement is refused at its place, with a remedy`, () => {
    for (const { field, value } of listRefused(schema)) {
      test(field, () => {
        const document = { apiVersion, kind, metadata: { name: "a" }, ...(value as object) };
        assertRefused(JSON.stringify(document), field);
      });
    }
  });

  test(`${kind}: nothing but status and metadata is taken without being looked into`, () => {
    const fields = listUnchecked(schema).filter((field) => !/^(metadata|status)\b/.test(field));
    assert.deepEqual(fields, []);
  });
}

describe("MeshConfig: what Weft does not implement is refused at its place, with a remedy", () => {
  for (const { field, value } of listRefused(resourceSchema.meshConfig)) {
    test(field, () => {
      const document = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system" },
        data: { mesh: JSON.stringify(value) },
      };
      assertRefused(JSON.stringify(document), `data.mesh.${field}`);
    });
  }
});

function assertRefused(text: string, field: string): void {
  const [resource] = parseFile("a.yaml", text).resources;
  const problem = resource?.problems.find((each) => each.field === field);
  assert.equal(problem?.code, "Unsupported", JSON.stringify(resource?.problems));
  assert.equal(problem.severity, "error");
  assert.equal(`${problem.file}:${problem.line}`, "a.yaml:1");
  assert(problem.column > 1);
  assert.notEqual(problem.remedy, "");
  assert.equal(resource?.content, undefined);
}

function listRefused(schema: Schema, field = ""): readonly Refused[] {
  switch (schema.kind) {
    case "unsupported":
      return [{ field, value: {} }];
    case "enum":
      return schema.unsupported.map((value) => ({ field, value }));
    case "object":
      return Object.entries(schema.fields).flatMap(([name, inner]) =>
        listRefused(inner, field === "" ? name : `${field}.${name}`).map((each) => ({
          field: each.field,
          value: { [name]: each.value },
        })),
      );
    case "array":
      return listRefused(schema.item, `${field}[0]`).map(({ field: inner, value }) => ({
        field: inner,
        value: [value],
      }));
    case "map":
      return listRefused(schema.item, `${field}.80`).map(({ field: inner, value }) => ({
        field: inner,
        value: { 80: value },
      }));
    default:
      return [];
  }
}

function listUnchecked(schema: Schema, field = ""): readonly string[] {
  switch (schema.kind) {
    case "unchecked":
      return [field];
    case "object":
      return Object.entries(schema.fields).flatMap(([name, inner]) =>
        listUnchecked(inner, field === "" ? name : `${field}.${name}`),
      );
    case "array":
    case "map":
      return listUnchecked(schema.item, `${field}[]`);
    default:
      return [];
  }
}
