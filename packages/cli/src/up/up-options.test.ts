import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { UsageError } from "../usage-error.ts";
import { readMap, resolveUpOptions } from "./up-options.ts";

const FLAGS = { port: [], capture: "proxy-env" };
const PROGRAMS = { searchPath: "", envoy: "envoy" };

function folderWith(context: TestContext, map: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-options-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "mesh"));
  if (map !== undefined) writeFileSync(join(folder, "weft.yaml"), map);
  return folder;
}

test("weft up: a folder with a map says which of its files are resources", (context) => {
  const folder = folderWith(context, "resources: mesh\n");
  const options = resolveUpOptions([folder], FLAGS, PROGRAMS);
  assert.deepEqual(options.resources, [join(folder, "mesh")]);
  assert.equal(options.mapPath, join(folder, "weft.yaml"));
});

test("weft up: another map beside other paths leaves the paths as they are", (context) => {
  const folder = folderWith(context, "resources: mesh\n");
  const other = folderWith(context, undefined);
  const map = join(folder, "weft.yaml");
  assert.deepEqual(resolveUpOptions([other], { ...FLAGS, map }, PROGRAMS).resources, [other]);
});

test("weft up: flags that make no sense are misuse", (context) => {
  const folder = folderWith(context, undefined);
  const wrong = [
    { ...FLAGS, port: ["8080"] },
    { ...FLAGS, port: ["8080=70000"] },
    { ...FLAGS, capture: "magic" },
    { ...FLAGS, workloadCertificateLifetime: "soon" },
    { ...FLAGS, workloadCertificateLifetime: "1999ms" },
    { ...FLAGS, map: join(folder, "none.yaml") },
    { ...FLAGS, map: folder },
  ];
  for (const flags of wrong)
    assert.throws(() => resolveUpOptions([folder], flags, PROGRAMS), UsageError);
  assert.throws(() => resolveUpOptions([join(folder, "none")], FLAGS, PROGRAMS), UsageError);
});

test("weft up: ports are read as gateway=local", (context) => {
  const folder = folderWith(context, undefined);
  const { ports } = resolveUpOptions([folder], { ...FLAGS, port: ["8080=18080"] }, PROGRAMS);
  assert.equal(ports.get(8080), 18080);
});

test("weft up: a map with a mistake is refused with its place", (context) => {
  const folder = folderWith(context, "workload: []\n");
  assert.throws(() => readMap(join(folder, "weft.yaml")), /weft\.yaml:1:1: error UnknownField/);
});
