import assert from "node:assert/strict";
import { test } from "node:test";
import { createLoopbackBlock } from "./loopback-block.ts";
import { createSharedLoopback } from "./shared-loopback.ts";

test("loopback block: each proxy has an address of its own and Istio's ports", async () => {
  const plan = await createLoopbackBlock({ isPortFree: async () => true, random: () => 0 });
  assert.equal(plan.block, "127.2.0.0/16");
  assert.equal(plan.controlPlane.address, "127.2.0.1");
  const [first, second] = [await plan.allocate([9080]), await plan.allocate([80])];
  assert.equal(first.address, "127.2.0.10");
  assert.equal(second.address, "127.2.0.11");
  assert.equal(first.outboundPort, 15001);
  assert.deepEqual([...second.bindPorts], [[80, 80]]);
});

test("loopback block: an address that was given back is used again", async () => {
  const plan = await createLoopbackBlock({ isPortFree: async () => true, random: () => 0 });
  const first = await plan.allocate([]);
  await plan.allocate([]);
  plan.release(first);
  assert.equal((await plan.allocate([])).address, first.address);
});

test("loopback block: a block whose control plane ports are taken is left to its owner", async () => {
  const isPortFree = async (address: string) => !address.startsWith("127.2.");
  const plan = await createLoopbackBlock({ isPortFree, random: () => 0 });
  assert.equal(plan.block, "127.3.0.0/16");
});

test("loopback block: low ports move up by 8000 where they may not be bound", async () => {
  const isPortFree = async (_: string, port: number) => port >= 1024;
  const plan = await createLoopbackBlock({ isPortFree, random: () => 0 });
  assert.deepEqual(
    [...(await plan.allocate([80, 9080])).bindPorts],
    [
      [80, 8080],
      [9080, 9080],
    ],
  );
});

test("shared loopback: no port is handed out twice", async () => {
  const ports = [5001, 5001, 5002, 5003, 5004, 5005, 5005, 5006, 5007, 5008, 5009];
  const plan = await createSharedLoopback(async () => ports.shift() ?? 0);
  const place = await plan.allocate([9080]);
  assert.equal(place.bindPorts.get(9080), 5001);
  assert.equal(place.prometheusPort, 5005);
  assert.equal((await plan.allocate([])).adminPort, 5006);
});
