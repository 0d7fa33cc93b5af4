import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ResourceStore } from "../config-source/resource-store.ts";

const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

const GOOD = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, labels: &labels { app: reviews } }
spec:
  hosts: [reviews]
  http:
    - match: [{ sourceLabels: *labels, uri: { regex: "/a.*" } }]
      route: [{ destination: { host: reviews, subset: v1 }, weight: 100 }]
      timeout: 5s
`;

function read(text: string): void {
  const store = new ResourceStore();
  store.put("file.yaml", text);
  const { problems } = store.read(["file.yaml"]);
  const lineCount = text.split("\n").length;
  for (const { line, column } of problems) {
    assert(line >= 1 && line <= lineCount && column >= 1, `${line}:${column} is in the file`);
  }
}

/** Values of every type in every place. */
const yamlValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1e99, "", "*", "reviews", "5s", "__proto__"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("spec", "http", "route", "hosts", "metadata", "name", "tls", "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

describe("ingest", () => {
  test("no text makes it throw, and each problem has a place in the file", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => read(text)),
      seed,
    );
  });

  test("no damage to a good document makes it throw", () => {
    const damage = fc.tuple(
      fc.nat(GOOD.length),
      fc.nat(20),
      fc.constantFrom(
        "",
        "\n",
        "---\n",
        "...",
        "*",
        "&a ",
        "[",
        "{",
        "}",
        ":",
        "- ",
        "\t",
        "!!x ",
        '"',
      ),
    );
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        let text = GOOD;
        for (const [at, length, put] of damages) {
          text = text.slice(0, at) + put + text.slice(at + length);
        }
        read(text);
      }),
      { numRuns: 1000, ...seed },
    );
  });

  test("no value in any place makes it throw", () => {
    const kinds = ["VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar"];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), yamlValue, (kind, spec) => {
        const metadata = { name: "any" };
        read(JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata, spec }));
      }),
      { numRuns: 500, ...seed },
    );
  });

  test("a text that nests a hundred thousand deep is one problem", () => read("[".repeat(100_000)));

  test("aliases that stand for a billion values are one problem, soon", () => {
    const lines = ["a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"];
    for (let level = 1; level < 9; level += 1) {
      const alias = `*${"abcdefghij"[level - 1]}`;
      lines.push(
        `${"abcdefghij"[level]}: &${"abcdefghij"[level]} [${Array(10).fill(alias).join()}]`,
      );
    }
    read(`${lines.join("\n")}\napiVersion: v1\nkind: Service\nmetadata: *i\nspec: *i\n`);
  });
});
