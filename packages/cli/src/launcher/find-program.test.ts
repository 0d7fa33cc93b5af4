import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { hasProgram } from "./find-program.ts";

test("find program: by name on the PATH, by path from its folder, and only what can be run", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "weft-programs-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "bin", "folder"), { recursive: true });
  writeFileSync(join(folder, "bin", "shop"), "#!/bin/sh\n");
  chmodSync(join(folder, "bin", "shop"), 0o755);
  writeFileSync(join(folder, "bin", "text"), "no program\n", { mode: 0o644 });
  const place = { folder, searchPath: ["/nowhere", join(folder, "bin")].join(delimiter) };
  assert.equal(hasProgram("shop", place), true);
  assert.equal(hasProgram("./bin/shop", place), true);
  assert.equal(hasProgram(join(folder, "bin", "shop"), place), true);
  assert.equal(hasProgram("./shop", place), false);
  assert.equal(hasProgram("shopp", place), false);
  assert.equal(hasProgram("text", place), false);
  assert.equal(hasProgram("folder", place), false);
});
