import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "@weft/core";
import { GrpcMessageCounter } from "./grpc-message-counter.ts";

/** One message with a body of `length` bytes. */
function message(length: number, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, Buffer.alloc(length, 0xff)]);
}

function count(...chunks: Buffer[]): number {
  const counter = new GrpcMessageCounter();
  for (const chunk of chunks) counter.add(chunk);
  return counter.count;
}

describe("the count of gRPC messages", () => {
  for (const [title, chunks, want] of [
    ["nothing", [], 0],
    ["an empty chunk", [Buffer.alloc(0)], 0],
    ["one empty message", [message(0)], 1],
    ["one of 300 bytes", [message(300)], 1],
    ["a compressed one", [message(3, 1)], 1],
    ["three in one chunk", [Buffer.concat([message(0), message(5), message(0)])], 3],
    ["four bytes of a prefix", [message(0).subarray(0, 4)], 0],
    ["a prefix whose message never comes", [message(70_000).subarray(0, 5)], 1],
    [
      "a message that is longer than it may be",
      [Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), message(9)],
      1,
    ],
  ] as const) {
    test(`of ${title} is ${want}`, () => assert.equal(count(...chunks), want));
  }

  test("is the same byte by byte", () => {
    const bytes = Buffer.concat([message(2), message(0), message(260)]);
    assert.equal(count(...Array.from(bytes, (byte) => Buffer.from([byte]))), 3);
  });

  test("does not depend on where chunks end", () => {
    const random = seededRandom(7);
    const lengths = Array.from({ length: 50 }, () => Math.floor(random() * 40));
    const bytes = Buffer.concat(lengths.map((length) => message(length)));
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random() * 30);
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
    assert.equal(count(...chunks), 50);
  });
});
