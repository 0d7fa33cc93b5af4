import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startProgram } from "@weft/testing/end-to-end";
import { requirePart } from "../scripts/part.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

test("the benchmark compares Weft with Envoy and nginx in one run", async (context) => {
  for (const name of ["envoy", "nginx", "wrk", "h2load", "taskset"] as const) {
    if (requirePart(context, name) === undefined) return;
  }
  const program = startProgram([process.execPath, MAIN, "--quick"]);
  context.after(() => program.stop());
  assert.equal(await program.ended, 0, program.output());
  const table = program.output();
  context.diagnostic(table);
  for (const name of ["weft", "envoy", "nginx"]) {
    const failed = new RegExp(`^${name} .* (\\d+)$`, "m").exec(table)?.[1];
    assert.equal(failed, "0", `${name} failed requests:\n${table}`);
  }
  assert.match(table, /weft\/envoy: CPU ×[\d.]+, p50 ×[\d.]+, p99 ×[\d.]+/);
});
