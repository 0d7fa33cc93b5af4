import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@weft/testing";
import { sniffPreface } from "./preface-sniffer.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

function setUp() {
  const [client, socket] = duplexPair();
  const clock = createFakeClock();
  const answers: string[] = [];
  const timeouts = { idleTimeoutMs: 5000, headerTimeoutMs: 1000 };
  sniffPreface(socket, timeouts, clock, (protocol) => answers.push(protocol));
  const send = async (text: string) => {
    client.write(text);
    await turn();
    await turn();
  };
  return { client, socket, clock, answers, send };
}

describe("sniffing a connection's first bytes", () => {
  test("one byte that no preface begins with is HTTP/1", async () => {
    const { answers, send } = setUp();
    await send("G");
    assert.deepEqual(answers, ["http1"]);
  });

  test("a preface byte by byte is HTTP/2, and all of it is put back", async () => {
    const { answers, send, socket } = setUp();
    for (const byte of PREFACE) {
      assert.deepEqual(answers, []);
      await send(byte);
    }
    assert.deepEqual(answers, ["http2"]);
    assert.equal(String(socket.read()), PREFACE);
  });

  test("a method that begins like one is HTTP/1 at the first difference", async () => {
    const { answers, send, socket } = setUp();
    await send("PR");
    await send("OPFIND /");
    assert.deepEqual(answers, ["http1"]);
    assert.equal(String(socket.read()), "PROPFIND /");
  });

  test("who says nothing is cut off when the idle timeout has passed", async () => {
    const { answers, clock } = setUp();
    clock.advanceMs(4999);
    await turn();
    assert.deepEqual(answers, []);
    clock.advanceMs(1);
    await turn();
    assert.deepEqual(answers, ["closed"]);
  });

  test("who began has the time of a head, however often another byte comes", async () => {
    const { answers, clock, send } = setUp();
    await send("P");
    clock.advanceMs(999);
    await send("R");
    assert.deepEqual(answers, []);
    clock.advanceMs(1);
    await turn();
    assert.deepEqual(answers, ["closed"]);
  });
});
