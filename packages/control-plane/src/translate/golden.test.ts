import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { GOLDEN_FOLDER, listGolden, translateGolden } from "./testing/golden-case.ts";

const inputs = listGolden(".in.yaml");

/** `<case>.in.yaml` → `<case>.out.yaml`; UPDATE_GOLDEN=1 rewrites the latter. Read what it wrote. */
describe("translation of resources for one proxy", () => {
  for (const name of inputs) {
    test(name, () => {
      const { text } = translateGolden(name);
      const golden = join(GOLDEN_FOLDER, `${name}.out.yaml`);
      if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, text);
      assert(existsSync(golden), `${golden} is missing; make it with UPDATE_GOLDEN=1 and read it`);
      assert.equal(text, readFileSync(golden, "utf8"));
    });
  }

  test("every expected output belongs to a case", () => {
    assert.deepEqual(
      listGolden(".out.yaml").filter((name) => !inputs.includes(name)),
      [],
    );
  });
});
