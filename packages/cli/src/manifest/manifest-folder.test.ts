import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ManifestFolder } from "./manifest-folder.ts";

const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: 80 }] }\n`;

function setUp(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-manifests-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "a.yaml"), service("a"));
  return folder;
}

const names = (folder: string) => new ManifestFolder([folder]).read().map(({ name }) => name);

test("manifests: a link to a folder is followed, one that leads back is not", (context) => {
  const folder = setUp(context);
  const other = join(folder, ".other");
  mkdirSync(other);
  writeFileSync(join(other, "b.yaml"), service("b"));
  symlinkSync(other, join(folder, "linked"));
  symlinkSync(folder, join(folder, "back"));
  symlinkSync("itself", join(folder, "itself"));
  assert.deepEqual(names(folder), ["a", "b"]);
});

test("manifests: a pipe is not waited for", (context) => {
  const folder = setUp(context);
  execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
  assert.deepEqual(names(folder), ["a"]);
});

test("manifests: a file that is being edited keeps what it said", (context) => {
  const folder = setUp(context);
  const reader = new ManifestFolder([folder]);
  assert.equal(reader.read().length, 1);
  writeFileSync(join(folder, "a.yaml"), "kind: [");
  assert.equal(reader.read().length, 1);
  rmSync(join(folder, "a.yaml"));
  assert.equal(reader.read().length, 0);
});
