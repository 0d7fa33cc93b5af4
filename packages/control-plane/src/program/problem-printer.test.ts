import assert from "node:assert/strict";
import { test } from "node:test";
import type { Problem } from "../model/problem.ts";
import { createProblemPrinter } from "./problem-printer.ts";

const UNKNOWN_FIELD: Problem = {
  severity: "error",
  code: "UnknownField",
  file: "mesh.yaml",
  line: 3,
  column: 5,
  field: "spec.hsots",
  message: "no such field",
  remedy: "write hosts",
};
const LINE = "mesh.yaml:3:5: error UnknownField spec.hsots: no such field; write hosts\n";

test("a problem is printed when it appears, again when it returns, and its end is told", () => {
  const lines: string[] = [];
  const print = createProblemPrinter((line) => lines.push(line));
  for (const problems of [
    [UNKNOWN_FIELD, UNKNOWN_FIELD],
    [UNKNOWN_FIELD],
    [],
    [],
    [UNKNOWN_FIELD],
  ]) {
    print(problems);
  }
  assert.deepEqual(lines, [LINE, "all problems are solved\n", LINE]);
});
