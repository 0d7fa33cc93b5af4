/** Flow control towards a client, in both directions. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import type { ServerStream } from "../codec.ts";
import { END_HEADERS, frame, headers, uint32 } from "./fixture/frame.ts";
import { settle, until } from "./fixture/raw-peer.ts";
import { GET, POST, type ServerFixture, serve } from "./fixture/server-fixture.ts";

const data = (text: string, flags = 0) => frame("DATA", flags, 1, Buffer.from(text));
const post = (fields: [string, string][] = []) => headers(1, [...POST, ...fields], END_HEADERS);
const fields = (...flat: string[]) => new HeaderMap(flat);
const tells = ({ peer }: ServerFixture, line: string) =>
  until(
    () => peer.story.includes(line),
    () => `${line}: ${peer.story.join(" | ")}`,
  );
const sees = ({ seen }: ServerFixture, line: string) =>
  until(
    () => seen.includes(line),
    () => `${line}: ${seen.join(" | ")}`,
  );
/** Of some errors of a stream node:http2 makes one of the connection, which ends the stream as well. */
const failed = ({ peer, seen }: ServerFixture) =>
  until(
    () =>
      peer.story.includes("RST_STREAM 1 PROTOCOL_ERROR") ||
      seen.some((line) => /^error 400 (?:Protocol|Flow control) error$/.test(line)),
    () => [...peer.story, ...seen].join(" | "),
  );

describe("http2 server: flow control", () => {
  const large = (stream: ServerStream) => {
    stream.sendHead({ status: 200, headers: fields() }, false);
    stream.sendData(Buffer.alloc(100_000), true);
  };

  test("sends no more than the client's windows admit, and goes on when they open", async () => {
    const server = serve({}, large);
    server.peer.send(headers(1, GET));
    await until(
      () => server.peer.dataBytes(1) >= 65_535,
      () => `${server.peer.dataBytes(1)} bytes`,
    );
    await settle();
    assert.equal(server.peer.dataBytes(1), 65_535);
    server.peer.send(frame("WINDOW_UPDATE", 0, 1, uint32(50_000)));
    await settle();
    assert.equal(server.peer.dataBytes(1), 65_535);
    server.peer.send(frame("WINDOW_UPDATE", 0, 0, uint32(50_000)));
    await tells(server, "DATA 1 end");
    assert.equal(server.peer.dataBytes(1), 100_000);
    server.codec.destroy();
  });

  test("tells the handler to stop, and when to go on", async () => {
    const server = serve({}, (stream) =>
      stream.sendHead({ status: 200, headers: fields() }, false),
    );
    server.peer.send(headers(1, GET));
    await tells(server, "HEADERS 1");
    let isWritable = true;
    for (let count = 0; count < 1_000 && isWritable; count++)
      isWritable = server.streams[0]?.sendData(Buffer.alloc(10_000), false) ?? true;
    assert.equal(isWritable, false);
    await settle();
    const window = uint32(2 ** 24);
    server.peer.send(frame("WINDOW_UPDATE", 0, 0, window), frame("WINDOW_UPDATE", 0, 1, window));
    await sees(server, "writable");
    server.codec.destroy();
  });

  test("a client that sends on while the handler has paused gets no larger window", async () => {
    const server = serve();
    server.peer.send(post());
    await sees(server, "POST a /");
    server.streams[0]?.pauseReading();
    const piece = data("x".repeat(16_000));
    server.peer.send(piece, piece, piece, piece);
    await settle();
    const granted = () =>
      server.peer.frames.filter((each) => each.type === "WINDOW_UPDATE" && each.streamId === 1);
    assert.deepEqual([server.seen.length, granted().length], [1, 0]);
    server.streams[0]?.resumeReading();
    await until(
      () => server.seen.length >= 2,
      () => "the data",
    );
    server.codec.destroy();
  });

  for (const [title, update] of [
    ["of 0", frame("WINDOW_UPDATE", 0, 1, uint32(0))],
    ["beyond 2^31-1", frame("WINDOW_UPDATE", 0, 1, uint32(2 ** 31 - 1))],
  ] as const)
    test(`a window update ${title} ends the stream and never the process`, async () => {
      const server = serve({}, () => {});
      server.peer.send(headers(1, GET), update);
      await failed(server);
      server.codec.destroy();
    });
});
