import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { formatProblem } from "../ingest/format-problem.ts";
import { ResourceStore } from "./resource-store.ts";

const testdata = new URL("../ingest/testdata/", import.meta.url);

/** `<case>.in.yaml` → `<case>.problems.txt`; UPDATE_GOLDEN=1 rewrites the latter. */
describe("problems of bad documents", () => {
  for (const name of readdirSync(testdata).filter((each) => each.endsWith(".in.yaml"))) {
    test(`${name}: each has its place, code and remedy`, () => {
      const store = new ResourceStore();
      store.put(name, readFileSync(new URL(name, testdata), "utf8"));
      const found = store
        .read([name])
        .problems.map((each) => `${formatProblem(each)}\n`)
        .join("");
      const golden = new URL(name.replace(".in.yaml", ".problems.txt"), testdata);
      if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, found);
      assert.equal(found, readFileSync(golden, "utf8"));
    });
  }
});
