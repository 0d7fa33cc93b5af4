import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFakeClock } from "@weft/testing";
import type { LogTarget } from "./log-target.ts";
import { BatchingSink } from "./sink.ts";

describe("access log sink", () => {
  test("lines of 200 ms are written together", () => {
    const { sink, clock, written } = setUp();
    sink.write("a\n");
    clock.advanceMs(150);
    sink.write("b\n");
    clock.advanceMs(49);
    assert.deepEqual(written, []);
    clock.advanceMs(1);
    assert.deepEqual(written, ["a\nb\n"]);
    clock.advanceMs(1000);
    assert.equal(written.length, 1);
  });

  test("a batch of 64 KiB does not wait, and takes its timer along", () => {
    const { sink, clock, written } = setUp();
    const line = "x".repeat(64 * 1024 - 1);
    sink.write(line);
    assert.equal(written.length, 0);
    sink.write("y");
    assert.deepEqual(written, [`${line}y`]);
    sink.write("z");
    clock.advanceMs(199);
    assert.equal(written.length, 1);
    clock.advanceMs(1);
    assert.equal(written[1], "z");
  });

  test("beyond 8 MiB of a target that lags lines are dropped, which is told once for each lag", () => {
    const { sink, clock, written, target, lags } = setUp();
    const limit = 8 * 1024 * 1024;
    const sequence: [number, string][] = [
      [limit, "kept\n"],
      [limit + 1, "lost\n"],
      [limit + 1, "lost too\n"],
      [0, "kept again\n"],
      [limit + 1, "lost again\n"],
    ];
    for (const [pendingBytes, line] of sequence) {
      target.pendingBytes = pendingBytes;
      sink.write(line);
    }
    clock.advanceMs(200);
    assert.deepEqual(written, ["kept\nkept again\n"]);
    assert.equal(lags.length, 2);
  });

  test("closing writes what waits, then closes the target", async () => {
    const { sink, written } = setUp();
    sink.write("last\n");
    await sink.close();
    assert.deepEqual(written, ["last\n", "closed"]);
  });

  test("reopening writes what waits to the old file", () => {
    const { sink, written } = setUp();
    sink.write("old\n");
    sink.reopen();
    assert.deepEqual(written, ["old\n", "reopened"]);
  });
});

function setUp() {
  const clock = createFakeClock();
  const written: string[] = [];
  const lags: string[] = [];
  const target = {
    pendingBytes: 0,
    write: (text: string) => void written.push(text),
    reopen: () => void written.push("reopened"),
    close: async () => void written.push("closed"),
  } satisfies LogTarget;
  const sink = new BatchingSink(target, clock, () => lags.push("lag"));
  return { clock, written, lags, target, sink };
}
