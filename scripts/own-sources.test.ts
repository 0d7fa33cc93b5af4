/**
 * The two checks that a change breaks most easily, held by `npm test` as well; `npm run check` has
 * them all.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkImports } from "./check-imports.ts";
import { TYPE_CHECK } from "./type-check.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("the sources of this repository", () => {
  test("keep the import rules", () => {
    const { cruisedCount, violations } = checkImports();
    assert(cruisedCount > 100, `only ${cruisedCount} modules were cruised`);
    assert.deepEqual(violations, []);
  });

  test("keep their types", () => {
    const { file, parameters } = TYPE_CHECK;
    const { status, stdout } = spawnSync(join("node_modules/.bin", file), [...parameters], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
  });
});
