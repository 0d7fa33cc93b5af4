import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_CLIENT_HELLO_BYTES, sniffClientHello } from "./client-hello.ts";
import { clientHello } from "./fixture/client-hello.ts";

const INCOMPLETE = { kind: "incomplete" };
const NOT_TLS = { kind: "not-tls" };

describe("client hello", () => {
  test("tells the server name in lower case, and the protocols in the client's order", async () => {
    assert.deepEqual(sniffClientHello(await clientHello("A.Example.com", ["http/1.1", "h2"])), {
      kind: "tls",
      serverName: "a.example.com",
      alpn: ["http/1.1", "h2"],
    });
  });

  test("without a name and protocols it has none", async () => {
    const sniffed = sniffClientHello(await clientHello(""));
    assert.deepEqual(sniffed, { kind: "tls", serverName: "", alpn: [] });
  });

  test("is not told from any part of itself", async () => {
    const hello = await clientHello("a.example.com", ["h2"]);
    for (let length = 0; length < hello.length; length += 1)
      assert.deepEqual(sniffClientHello(hello.subarray(0, length)), INCOMPLETE, `${length} bytes`);
  });

  test("may be spread over records of a byte each, and have bytes behind it", async () => {
    const hello = await clientHello("a.example.com");
    const records = [...hello.subarray(5)].flatMap((byte) => [22, 3, 1, 0, 1, byte]);
    const sniffed = sniffClientHello(Buffer.from([...records, 23, 3, 3, 0, 0]));
    assert.deepEqual(sniffed, { kind: "tls", serverName: "a.example.com", alpn: [] });
  });

  for (const [title, bytes] of [
    ["a request", Buffer.from("GET / HTTP/1.1\r\n")],
    ["an alert", Buffer.from([21, 3, 1, 0, 2, 2, 40])],
    ["another version", Buffer.from([22, 2, 0, 0, 2])],
    ["a server's hello", Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])],
    ["a hello that is cut inside", Buffer.from([22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3])],
    ["too long a hello", helloOf(MAX_CLIENT_HELLO_BYTES + 1)],
  ] as const)
    test(`${title} is none`, () => {
      assert.deepEqual(sniffClientHello(bytes), NOT_TLS);
    });

  test("the longest hello is waited for", () => {
    assert.deepEqual(sniffClientHello(helloOf(MAX_CLIENT_HELLO_BYTES)), INCOMPLETE);
  });

  test("no change of a byte makes it throw", async () => {
    const hello = await clientHello("a.example.com", ["h2"]);
    for (let at = 0; at < hello.length; at += 1)
      for (const value of [0, 1, 127, 255]) {
        const changed = Buffer.from(hello);
        changed[at] = value;
        sniffClientHello(changed);
      }
  });
});

/** The head of a hello that says that it has `length` bytes. */
function helloOf(length: number): Buffer {
  const bytes = Buffer.from([22, 3, 1, 0x40, 0, 1, 0, 0, 0]);
  bytes.writeUIntBE(length, 6, 3);
  return bytes;
}
