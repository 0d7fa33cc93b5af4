import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { TYPE_URL } from "@weft/api";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { createDynamicConfigFixture, unboundListener } from "./fixture/dynamic-config-fixture.ts";

const { listener, route } = TYPE_URL;
/** The same name in another state: the fixture's events carry it. */
const version = (statPrefix: string) => ({ statPrefix });

describe("a listener", () => {
  test("without routes of its own serves at once", () => {
    const { push, events } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l")]]);
    assert.deepEqual(events, ["l opens"]);
  });

  test("waits for its routes while the one before it serves, and drains that afterwards", () => {
    const { push, events, listeners } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", undefined, version("1"))]]);
    push(listener, [["l", unboundListener("l", "r", version("2"))]]);
    assert.deepEqual([events, listeners.warmingCount], [["l1 opens"], 1]);
    push(route, [["r", { name: "r" }]]);
    assert.deepEqual(events, ["l1 opens", "l2 opens", "l2 adopts from l1", "l1 drains 45000"]);
    assert.equal(listeners.warmingCount, 0);
  });

  test("does not wait for routes that do not exist", () => {
    const { push, events } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", "r")]]);
    push(route, [], ["r"]);
    assert.deepEqual(events, ["l opens"]);
  });

  test("serves without its routes after 15 s", () => {
    const { push, events, clock } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", "r")]]);
    clock.advanceMs(14_999);
    assert.deepEqual(events, []);
    clock.advanceMs(1);
    assert.deepEqual(events, ["l opens"]);
  });

  test("that is replaced while it waits never serves", () => {
    const { push, events } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", "r1", version("1"))]]);
    push(listener, [["l", unboundListener("l", "r2", version("2"))]]);
    push(route, [
      ["r1", { name: "r1" }],
      ["r2", { name: "r2" }],
    ]);
    assert.deepEqual(events, ["l1 drains 45000", "l2 opens"]);
  });

  test("that is removed while it waits never serves, and takes the one before it along", () => {
    const { push, events, listeners } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", undefined, version("1"))]]);
    push(listener, [["l", unboundListener("l", "r", version("2"))]]);
    push(listener, [], ["l"]);
    push(route, [["r", { name: "r" }]]);
    assert.deepEqual(events, ["l1 opens", "l2 drains 45000", "l1 drains 45000"]);
    assert.deepEqual([listeners.active(), listeners.warmingCount], [[], 0]);
  });

  test("that is broken changes nothing, neither what serves nor what waits", () => {
    const { push, events, listeners } = createDynamicConfigFixture();
    push(listener, [["l", unboundListener("l", undefined, version("1"))]]);
    push(listener, [["l", unboundListener("l", "r", version("2"))]]);
    const refused = push(listener, [["l", unboundListener("l", "r", version("broken"))]]);
    assert.deepEqual(refused, ["l: stat_prefix: is broken"]);
    assert.deepEqual([events, listeners.warmingCount], [["l1 opens"], 1]);
  });

  test("of the bootstrap is neither changed nor removed from outside", () => {
    const { push, events, listeners } = createDynamicConfigFixture();
    const message = fromJson(ListenerSchema, unboundListener("l", undefined, version("0")));
    listeners.applyListener(message, { isStatic: true });
    assert.deepEqual(push(listener, [["l", unboundListener("l", undefined, version("1"))]]), []);
    push(listener, [], ["l"]);
    assert.deepEqual(events, ["l0 opens"]);
  });

  test("without a name is refused", () => {
    const { push } = createDynamicConfigFixture();
    assert.deepEqual(push(listener, [["", unboundListener("")]]), [": name: is required"]);
  });

  test("drains at the end, however often that is told", async () => {
    const { push, events, listeners } = createDynamicConfigFixture();
    push(listener, [
      ["a", unboundListener("a")],
      ["b", unboundListener("b", "r")],
    ]);
    await Promise.all([listeners.close({ deadlineMs: 5 }), listeners.close({ deadlineMs: 5 })]);
    assert.deepEqual(events, ["a opens", "b drains 45000", "a drains 5"]);
  });
});
