import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import { NackLog } from "./nack-log.ts";

function setUp() {
  const lines: string[] = [];
  const clock = createFakeClock();
  const nacks = new NackLog(
    clock,
    createLog("test", clock, (line) => lines.push(line)),
  );
  return { nacks, lines };
}

test("the same refusal by the same proxy is said once, another one again", () => {
  const { nacks, lines } = setUp();
  nacks.add("proxy-a", "LDS", "port 8080 is in use");
  nacks.add("proxy-a", "LDS", "port 8080 is in use");
  nacks.add("proxy-b", "LDS", "port 8080 is in use");
  assert.equal(lines.length, 2);
  assert.equal(nacks.records.length, 2);
});

test("a proxy that refuses without end does not fill the memory", () => {
  const { nacks } = setUp();
  for (let count = 0; count < 1000; count += 1) nacks.add("proxy", "CDS", `refusal ${count}`);
  assert.equal(nacks.records.length, 100);
  assert.equal(nacks.records.at(-1)?.message, "refusal 999");
});
