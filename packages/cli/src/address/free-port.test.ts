import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPortFinder } from "./free-port.ts";

describe("free ports of applications", () => {
  test("two that are asked for at the same time differ, though neither is bound yet", async () => {
    const find = createPortFinder(
      () => 0.5,
      async () => true,
    );
    const ports = await Promise.all([find(), find(), find()]);
    assert.equal(new Set(ports).size, 3);
  });

  test("lie below what the kernel gives to outgoing connections, past the end as well", async () => {
    const find = createPortFinder(
      () => 0.9999,
      async () => true,
    );
    for (let count = 0; count < 20; count += 1) {
      const port = await find();
      assert(port >= 20_000 && port < 32_768, `${port}`);
    }
  });

  test("skip what is taken", async () => {
    const find = createPortFinder(
      () => 0,
      async (port) => port > 20_002,
    );
    assert.equal(await find(), 20_003);
  });

  test("are refused when there is none, instead of looking for ever", async () => {
    const find = createPortFinder(
      () => 0.3,
      async () => false,
    );
    await assert.rejects(find(), /no free port from 20000 to 32767/);
  });
});
