import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { checkImports } from "./check-imports.ts";

const PACKAGES = ["api", "core", "xds", "proxy", "control-plane", "cli", "testing"];

/** Sources that keep every rule. */
const GOOD: Readonly<Record<string, string>> = {
  "packages/api/src/index.ts": "export const api = 1;",
  "packages/core/src/index.ts": "export const core = 1;",
  "packages/xds/src/index.ts":
    'export { api } from "@weft/api"; export { core } from "@weft/core";',
  "packages/proxy/src/index.ts": 'export { api } from "@weft/xds";',
  "packages/control-plane/src/index.ts": 'export { core } from "@weft/xds";',
  "packages/cli/src/index.ts": 'import "@weft/proxy"; import "@weft/control-plane";',
  "packages/testing/src/index.ts": 'export { core } from "@weft/core";',
  "packages/proxy/src/proxy.test.ts": 'import "@weft/testing"; import "./fixture/peer.ts";',
  "packages/proxy/src/fixture/peer.ts": 'import "@weft/testing";',
};

/** For each rule, a source that breaks it. */
const BAD: Readonly<Record<string, readonly [path: string, source: string]>> = {
  "api-imports": ["packages/api/src/bad.ts", 'import "@weft/core";'],
  "core-imports": ["packages/core/src/bad.ts", 'import "@weft/api";'],
  "xds-imports": ["packages/xds/src/bad.ts", 'import "@weft/proxy";'],
  "proxy-imports": ["packages/proxy/src/bad.ts", 'import "@weft/control-plane";'],
  "control-plane-imports": ["packages/control-plane/src/bad.ts", 'import "@weft/proxy";'],
  "cli-imports": ["packages/cli/src/bad.ts", 'import "@weft/testing";'],
  "packages-through-their-entry": [
    "packages/cli/src/inside.ts",
    'import "../../proxy/src/inner.ts";',
  ],
  "no-cycles": ["packages/core/src/cycle-back.ts", 'import "./cycle.ts";'],
  "shipped-code-imports-no-tests": ["packages/proxy/src/shipped.ts", 'import "./proxy.test.ts";'],
  "no-unresolvable": ["packages/core/src/lost.ts", 'import "./nowhere.ts";'],
};

/** What the bad sources need beside them. */
const BESIDE_BAD: Readonly<Record<string, string>> = {
  "packages/proxy/src/inner.ts": "export const inner = 1;",
  "packages/core/src/cycle.ts": 'import "./cycle-back.ts";',
};

describe("import rules", () => {
  test("sources that keep them are cruised and pass", (context) => {
    const { cruisedCount, violations } = checkImports(tree(context, GOOD));
    assert(cruisedCount >= Object.keys(GOOD).length);
    assert.deepEqual(violations, []);
  });

  test("each rule finds the source that breaks it", (context) => {
    const bad = Object.fromEntries(Object.values(BAD));
    const { violations } = checkImports(tree(context, { ...GOOD, ...BESIDE_BAD, ...bad }));
    for (const [rule, [path]] of Object.entries(BAD)) {
      const isFound = violations.some((line) => line.startsWith(`${rule}: ${path} → `));
      assert(isFound, `${rule} did not find ${path}: ${violations.join("; ")}`);
    }
  });

  test("what tests share is not shipped", (context) => {
    const shipped = { "packages/proxy/src/shipped.ts": 'import "./fixture/peer.ts";' };
    const { violations } = checkImports(tree(context, { ...GOOD, ...shipped }));
    assert.deepEqual(violations, [
      "shipped-code-imports-no-tests: packages/proxy/src/shipped.ts → packages/proxy/src/fixture/peer.ts",
    ]);
  });

  test("no rule is without such a source", () => {
    const load = createRequire(import.meta.url);
    const { forbidden }: { forbidden: { name: string }[] } = load("../.dependency-cruiser.cjs");
    assert.deepEqual(forbidden.map(({ name }) => name).sort(), Object.keys(BAD).sort());
  });

  test("an empty tree reports that nothing was cruised", (context) => {
    assert.equal(checkImports(tree(context, {})).cruisedCount, 0);
  });
});

/** A source tree of workspaces in a folder of its own, removed after the test. */
function tree(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-imports-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules/@weft"), { recursive: true });
  writeFileSync(join(folder, "tsconfig.json"), '{"compilerOptions":{"module":"NodeNext"}}');
  // Outside packages/: dependency-cruiser wants the TypeScript project to have some file.
  writeFileSync(join(folder, "outside.ts"), "export const outside = 1;");
  for (const name of PACKAGES) {
    const path = join(folder, "packages", name);
    mkdirSync(path, { recursive: true });
    const manifest = { name: `@weft/${name}`, type: "module", exports: { ".": "./src/index.ts" } };
    writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
    symlinkSync(path, join(folder, "node_modules/@weft", name));
  }
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
  return folder;
}
