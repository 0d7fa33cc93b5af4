/** Properties of the HTTP/2 codecs. A failure prints its seed; SEED=… replays it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { connect } from "./fixture/client-fixture.ts";
import { frame, headerBlock, uint32 } from "./fixture/frame.ts";
import { settle } from "./fixture/raw-peer.ts";
import { GET, serve } from "./fixture/server-fixture.ts";

const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

const byte = fc.integer({ min: 0, max: 255 });
const text = fc.array(byte, { maxLength: 12 }).map((bytes) => String.fromCharCode(...bytes));
const field = fc.tuple(
  fc.oneof(fc.constantFrom(":path", ":method", ":authority", ":status", "host", "te", "x"), text),
  fc.oneof(fc.constantFrom("/", "GET", "a", "200", "trailers"), text),
);
const block = fc
  .tuple(fc.constantFrom(GET, [[":status", "200"]] as const, []), fc.array(field, { maxLength: 3 }))
  .map(([known, fields]) => headerBlock([...known, ...fields]));
const payload = fc.oneof(
  block,
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.nat().map(uint32),
);
const anyFrame = fc
  .tuple(
    fc.constantFrom(
      "DATA",
      "HEADERS",
      "PRIORITY",
      "RST_STREAM",
      "SETTINGS",
      "PING",
      "GOAWAY",
      "WINDOW_UPDATE",
      "CONTINUATION",
    ),
    fc.oneof(fc.constantFrom(0, 1, 4, 5), byte),
    fc.constantFrom(0, 1, 1, 3, 5),
    payload,
  )
  .map(([type, flags, streamId, bytes]) => frame(type, flags, streamId, bytes));
const frames = fc.array(anyFrame, { minLength: 1, maxLength: 8 });

describe("http2 codecs, whatever comes", () => {
  test("no frames of a client throw, and no request holds a byte that may not stand there", async () => {
    await fc.assert(
      fc.asyncProperty(frames, async (sent) => {
        const { peer, codec, streams } = serve();
        peer.send(frame("HEADERS", 5, 1, headerBlock(GET)), ...sent);
        await settle();
        for (const { request } of streams) {
          assert.match(request.method, /^[A-Z][A-Z0-9_-]*$/);
          assert.match(request.path, /^[\x21\x22\x24-\x7e]*$/);
          assert.match(request.authority, /^[A-Za-z0-9._~!$&'()*+;=:[\]-]+$/);
          for (const [index, part] of request.headers.flat.entries())
            assert.match(
              part,
              index % 2 === 0 ? /^[!#$%&'*+.^_`|~0-9a-z-]+$/ : /^[\t\x20-\x7e\x80-\xff]*$/,
            );
        }
        codec.destroy();
        await settle();
      }),
      { numRuns: 300, ...seed },
    );
  });

  test("no frames of an upstream throw, and each stream ends once", async () => {
    await fc.assert(
      fc.asyncProperty(frames, async (sent) => {
        const { peer, codec, seen, ask } = connect();
        ask();
        await settle();
        peer.send(...sent);
        await settle();
        codec.destroy();
        await settle();
        const ends = seen.filter((line) => line === "end" || line.startsWith("reset"));
        assert.equal(ends.length, 1, seen.join(" | "));
        assert.deepEqual(seen.slice(-2), ["stream end", "closed"], seen.join(" | "));
      }),
      { numRuns: 300, ...seed },
    );
  });
});
