import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A word in backticks, or a link's target, that begins like a path of this repository. */
const PATH =
  /(?:`|\]\()((?:packages|scripts|tests|bench|examples|docs)\/[^`)\s]*|[A-Z]+\.md)(?:`|\))/g;

/** Made by set-up, or a pattern. */
const NOT_HERE = /[<>*…{}$]|\/generated(\/|$)/;

describe("documents", () => {
  for (const file of globSync(["*.md", "docs/**/*.md"], { cwd: ROOT })) {
    test(`every path that ${file} names exists`, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const named = [...text.matchAll(PATH)].map(([, path]) => path ?? "");
      const lost = named.filter(
        (path) =>
          !NOT_HERE.test(path) &&
          !existsSync(join(ROOT, path)) &&
          !existsSync(join(ROOT, dirname(file), path)),
      );
      assert.deepEqual(lost, []);
    });
  }
});
