/** What one connection may cost: streams, fields and resets. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import { END_HEADERS, END_STREAM, frame, headerBlock, headers, reset } from "./fixture/frame.ts";
import { settle, until } from "./fixture/raw-peer.ts";
import { GET, POST, type ServerFixture, serve } from "./fixture/server-fixture.ts";

const hold = () => {};
const tells = ({ peer }: ServerFixture, line: string) =>
  until(
    () => peer.story.includes(line),
    () => `${line}: ${peer.story.join(" | ")}`,
  );
const isOver = ({ peer, seen }: ServerFixture) =>
  until(
    () => peer.hasEnded && seen.includes("closed"),
    () => `the connection's end: ${peer.story.join(" | ")}, ${seen.join(" | ")}`,
  );
const streamIds = (count: number) => Array.from({ length: count }, (_, index) => 2 * index + 1);

describe("http2 server: streams at a time", () => {
  test("100 are served, one more is REFUSED_STREAM, and costs the others nothing", async () => {
    const server = serve({}, hold);
    server.peer.send(...streamIds(101).map((id) => headers(id, GET)));
    await tells(server, "RST_STREAM 201 REFUSED_STREAM");
    assert.deepEqual([server.streams.length, server.codec.activeStreams], [100, 100]);
    server.streams[0]?.sendHead({ status: 200, headers: new HeaderMap() }, true);
    await tells(server, "HEADERS 1 end");
    server.peer.send(headers(203, GET));
    await until(
      () => server.streams.length === 101,
      () => "the next stream",
    );
    server.codec.destroy();
  });

  test("a client that has acknowledged the limit and exceeds it loses its connection", async () => {
    const server = serve({}, hold);
    await settle();
    server.peer.send(...streamIds(1_100).map((id) => headers(id, GET)));
    await tells(server, "GOAWAY 0 PROTOCOL_ERROR");
    assert.ok(server.streams.length <= 100);
    await isOver(server);
  });

  for (const id of [0, 2])
    test(`a request on stream ${id} ends the connection`, async () => {
      const server = serve({}, hold);
      server.peer.send(headers(id, GET));
      await isOver(server);
      assert.equal(server.streams.length, 0);
    });

  for (const id of [1, 3])
    test(`a second request on stream ${id} is not served after one on stream 3`, async () => {
      const server = serve();
      server.peer.send(headers(3, GET));
      await tells(server, "HEADERS 3 end");
      server.peer.send(headers(id, GET));
      await settle();
      assert.equal(server.streams.length, 1);
      server.codec.destroy();
    });
});

describe("http2 server: fields of a request", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (): readonly [string, string] => ["a", "b"]);

  test("100 pass, more are not read", async () => {
    const server = serve();
    server.peer.send(headers(1, [...GET, ...many(100)]));
    await until(
      () => server.peer.statusOf(1) === 200,
      () => server.peer.story.join(" | "),
    );
    server.peer.send(headers(3, [...GET, ...many(101)]));
    await until(
      () => server.peer.story.some((line) => line.endsWith("ENHANCE_YOUR_CALM")),
      () => server.peer.story.join(" | "),
    );
    assert.equal(server.streams.length, 1);
    server.codec.destroy();
  });

  test("one that is indexed sixteen thousand times is not read", async () => {
    const server = serve();
    const name = Buffer.from("bomb");
    const value = Buffer.alloc(100, "x");
    const insert = [Buffer.of(0x40, name.length), name, Buffer.of(value.length), value];
    const block = Buffer.concat([headerBlock(GET), ...insert, Buffer.alloc(16_000, 0xbe)]);
    server.peer.send(frame("HEADERS", END_STREAM | END_HEADERS, 1, block));
    await until(
      () => server.peer.story.some((line) => line.endsWith("ENHANCE_YOUR_CALM")),
      () => server.peer.story.join(" | "),
    );
    assert.equal(server.streams.length, 0);
    server.codec.destroy();
  });

  for (const [title, block] of [
    ["an index beyond the table", Buffer.of(0xff, 0x80, 0x01)],
    ["index 0", Buffer.of(0x80)],
    ["an integer without end", Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ["padding of Huffman that is too long", Buffer.of(0, 0x82, 0xff, 0xff, 0x01, 0x61)],
    ["a table larger than ours", Buffer.of(0x3f, 0xff, 0xff, 0x03)],
    ["a string that is cut", Buffer.of(0, 0x05, 0x61)],
  ] as const)
    test(`a block with ${title} ends the connection`, async () => {
      const server = serve();
      server.peer.send(frame("HEADERS", END_STREAM | END_HEADERS, 1, block));
      await isOver(server);
      assert.equal(server.streams.length, 0);
    });

  for (const [title, part] of [
    ["small", headerBlock([["a", "b"]])],
    ["empty", Buffer.alloc(0)],
  ] as const)
    test(`CONTINUATION frames without end, each ${title}, end the connection`, async () => {
      const server = serve();
      const parts = Array.from({ length: 1_000 }, () => frame("CONTINUATION", 0, 1, part));
      server.peer.send(frame("HEADERS", END_STREAM, 1, headerBlock(GET)), ...parts);
      await isOver(server);
      assert.equal(server.streams.length, 0);
    });

  test("another frame between HEADERS and CONTINUATION ends the connection", async () => {
    const server = serve();
    server.peer.send(
      frame("HEADERS", END_STREAM, 1, headerBlock(GET)),
      frame("PING", 0, 0, Buffer.alloc(8)),
    );
    await isOver(server);
    assert.equal(server.streams.length, 0);
  });
});

describe("http2 server: resets of young streams", () => {
  /** Opens and resets streams one after the other, until it is told to stop. */
  async function openAndReset(server: ServerFixture, count: number): Promise<void> {
    for (const id of streamIds(count)) {
      server.peer.send(headers(id, POST, END_HEADERS), reset(id, "CANCEL"));
      await settle();
    }
  }

  test("99 streams are too few to judge, the hundredth is ENHANCE_YOUR_CALM", async () => {
    const server = serve({}, hold);
    await openAndReset(server, 99);
    assert.deepEqual(server.peer.story, []);
    server.peer.send(headers(199, POST, END_HEADERS), reset(199, "CANCEL"));
    await until(
      () => server.seen.includes("error 429 too many streams were reset"),
      () => server.peer.story.join(" | "),
    );
    await isOver(server);
  });

  test("a hundred in one packet start nothing that is worth it, and end the connection", async () => {
    const server = serve({}, hold);
    await settle();
    for (let batch = 0; batch < 10; batch++)
      server.peer.send(
        ...streamIds(1_000)
          .slice(batch * 100, batch * 100 + 100)
          .flatMap((id) => [headers(id, POST, END_HEADERS), reset(id, "CANCEL")]),
      );
    await isOver(server);
    assert.ok(server.streams.length <= 200, `${server.streams.length} requests were begun`);
  });

  test("half of the streams may be reset, and old ones do not count", async () => {
    const server = serve({}, hold);
    for (const id of streamIds(150)) {
      server.peer.send(headers(id, POST, END_HEADERS));
      await settle();
      if (id % 4 === 1) {
        server.clock.advanceMs(1_000);
        server.peer.send(reset(id, "CANCEL"));
      } else {
        server.peer.send(frame("DATA", END_STREAM, id));
        await settle();
        server.streams.at(-1)?.sendHead({ status: 200, headers: new HeaderMap() }, true);
      }
      await settle();
    }
    assert.equal(
      server.peer.story.some((line) => line.startsWith("GOAWAY")),
      false,
    );
    server.codec.destroy();
  });

  test("errors that make us reset count as well", async () => {
    const server = serve({}, (stream) => stream.reset());
    await settle();
    for (const id of streamIds(100)) {
      server.peer.send(headers(id, GET));
      await settle();
    }
    assert.ok(server.seen.includes("error 429 too many streams were reset"));
    await isOver(server);
  });
});
