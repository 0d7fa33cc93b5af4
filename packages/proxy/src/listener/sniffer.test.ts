import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFakeClock } from "@weft/testing";
import { clientHello } from "./fixture/client-hello.ts";
import { NOTHING_SNIFFED, type Sniffed, type SnifferConfig, sniff } from "./sniffer.ts";

const BOTH: SnifferConfig = {
  hasTlsInspector: true,
  hasHttpInspector: true,
  timeoutMs: 15_000,
  continueOnTimeout: false,
};

describe("sniffer", () => {
  test("bytes that it looked at are read again by the next", async () => {
    const { client, server, verdicts } = setUp();
    for (const part of ["GET ", "/ HTTP/1.1\r\n"]) {
      client.write(part);
      await turn();
    }
    assert.deepEqual(verdicts, [{ ...NOTHING_SNIFFED, applicationProtocols: ["http/1.1"] }]);
    assert.equal(server.isPaused(), true);
    assert.equal(String(server.read()), "GET / HTTP/1.1\r\n");
  });

  test("a client hello in two parts is one", async () => {
    const { client, verdicts } = setUp();
    const hello = await clientHello("a.example.com", ["h2"]);
    client.write(hello.subarray(0, 40));
    await turn();
    assert.deepEqual(verdicts, []);
    client.write(hello.subarray(40));
    await turn();
    assert.deepEqual(verdicts, [
      { transportProtocol: "tls", serverName: "a.example.com", applicationProtocols: ["h2"] },
    ]);
  });

  test("without the TLS inspector a client hello is only bytes", async () => {
    const { client, verdicts } = setUp({ hasTlsInspector: false });
    client.write(await clientHello("a.example.com"));
    await turn();
    assert.deepEqual(verdicts, [NOTHING_SNIFFED]);
  });

  for (const [continueOnTimeout, want] of [
    [false, "timed-out"],
    [true, NOTHING_SNIFFED],
  ] as const)
    test(`who says nothing is waited for until the limit, then ${JSON.stringify(want)}`, () => {
      const { clock, verdicts } = setUp({ continueOnTimeout });
      clock.advanceMs(14_999);
      assert.deepEqual(verdicts, []);
      clock.advanceMs(1);
      assert.deepEqual(verdicts, [want]);
    });

  test("a limit of zero waits without end", () => {
    const { clock, verdicts } = setUp({ timeoutMs: 0 });
    clock.advanceMs(10_000_000);
    assert.deepEqual(verdicts, []);
  });

  test("an end before enough is known is told once, and is no timeout", async () => {
    const { client, clock, verdicts } = setUp();
    client.end("GET /");
    await turn();
    clock.advanceMs(15_000);
    assert.deepEqual(verdicts, ["ended"]);
  });

  test("a hello that never ends is given up after its largest size", async () => {
    const { client, verdicts } = setUp();
    const endless = Buffer.alloc(21_500);
    for (let at = 0; at < endless.length; at += 5) endless.set([22, 3, 1, 0, 0], at);
    client.write(endless);
    await turn();
    assert.deepEqual(verdicts, [NOTHING_SNIFFED]);
  });
});

function setUp(config: Partial<SnifferConfig> = {}) {
  const clock = createFakeClock();
  const [client, server] = duplexPair();
  const verdicts: (Sniffed | "ended" | "timed-out")[] = [];
  sniff(server, { ...BOTH, ...config }, clock, (verdict) => verdicts.push(verdict));
  return { clock, client, server, verdicts };
}
