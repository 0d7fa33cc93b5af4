import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findFiles, readText } from "./find-files.ts";

function setUp(context: TestContext, files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-find-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const file of files) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), "kind: Namespace\n");
  }
  return folder;
}

test("YAML of a folder and what is below it, by name; nothing hidden, no map", async (context) => {
  const folder = setUp(context, ["b.yml", "a/c.yaml", "a/.d.yaml", "e.json", "weft.yaml"]);
  const { files, problems } = await findFiles([folder]);
  assert.deepEqual(
    files.map(({ file }) => file),
    [join(folder, "a/c.yaml"), join(folder, "b.yml")],
  );
  assert.deepEqual(problems, []);
});

test("links back to a folder above are not followed again and again", async (context) => {
  const folder = setUp(context, ["a.yaml"]);
  for (const name of ["one", "two", "three"]) symlinkSync(folder, join(folder, name));
  const { files, folders } = await findFiles([folder]);
  assert.deepEqual(
    files.map(({ file }) => file),
    [join(folder, "a.yaml")],
  );
  assert.deepEqual(folders, [folder]);
});

test("a pipe is told, and neither read nor waited for", async (context) => {
  const folder = setUp(context, ["a.yaml"]);
  const pipe = join(folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  const { files, problems } = await findFiles([folder]);
  assert.equal(files.length, 1);
  assert.deepEqual(
    problems.map(({ file, code, message }) => [file, code, message]),
    [[pipe, "FileUnreadable", "it is neither a file nor a folder"]],
  );
  assert(typeof (await readText(pipe)) === "object");
});

test("a path that is not there is told with the path", async () => {
  const { problems } = await findFiles(["/nowhere/at-all"]);
  assert.equal(problems[0]?.file, "/nowhere/at-all");
});
