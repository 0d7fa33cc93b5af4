/** A connection to an upstream that is played frame by frame: GOAWAY, limits, flow control. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import { type ClientFixture, connect } from "./fixture/client-fixture.ts";
import { END_HEADERS, ERROR_CODES, frame, headers, uint32 } from "./fixture/frame.ts";
import { settle, until } from "./fixture/raw-peer.ts";

const OK: [string, string] = [":status", "200"];
const head = (...fields: [string, string][]) => headers(1, [OK, ...fields], END_HEADERS);
const data = (text: string, flags = 0) => frame("DATA", flags, 1, Buffer.from(text));
const goaway = (lastStreamId: number, code: (typeof ERROR_CODES)[number]) =>
  frame("GOAWAY", 0, 0, Buffer.concat([uint32(lastStreamId), uint32(ERROR_CODES.indexOf(code))]));
const sees = ({ seen, peer }: ClientFixture, line: string) =>
  until(
    () => seen.includes(line),
    () => `${line}: ${seen.join(" | ")}; ${peer.story.join(" | ")}`,
  );
const gets = ({ peer }: ClientFixture, line: string) =>
  until(
    () => peer.story.includes(line),
    () => `${line}: ${peer.story.join(" | ")}`,
  );

/** Asks, answers with `frames`, and waits for the stream's end. */
async function exchange(...frames: Buffer[]): Promise<ClientFixture> {
  const client = connect();
  client.ask();
  await gets(client, "HEADERS 1 end");
  client.peer.send(...frames);
  await sees(client, "stream end");
  return client;
}

describe("http2 client: GOAWAY and limits", () => {
  test("streams that the upstream began go on, the others may be repeated elsewhere", async () => {
    const client = connect();
    client.ask();
    client.ask();
    await gets(client, "HEADERS 3 end");
    client.peer.send(goaway(1, "NO_ERROR"));
    await until(
      () => client.seen.some((line) => line.startsWith("reset refused-stream")),
      () => client.seen.join(" | "),
    );
    assert.equal(client.codec.canOpenStream, false);
    client.peer.send(headers(1, [OK]));
    await sees(client, "end");
    await until(
      () => client.peer.hasEnded,
      () => "FIN",
    );
  });

  test("an upstream that allows one stream gets one at a time", async () => {
    const client = connect();
    const one = Buffer.concat([Buffer.of(0, 3), uint32(1)]);
    client.peer.send(frame("SETTINGS", 0, 0, one));
    await settle();
    client.ask();
    assert.equal(client.codec.canOpenStream, false);
    await gets(client, "HEADERS 1 end");
    client.peer.send(headers(1, [OK]));
    await sees(client, "stream end");
    assert.equal(client.codec.canOpenStream, true);
    client.codec.destroy();
  });

  test("a push is refused", async () => {
    const client = connect();
    client.ask();
    await gets(client, "HEADERS 1 end");
    client.peer.send(frame("PUSH_PROMISE", END_HEADERS, 1, uint32(2)));
    await sees(client, "closed");
    assert.equal(client.seen.includes("end"), false);
  });

  for (const type of ["PING", "SETTINGS"] as const)
    test(`a flood of ${type} ends the connection`, async () => {
      const client = connect();
      client.ask();
      const payload = Buffer.alloc(type === "PING" ? 8 : 0);
      client.peer.send(...Array.from({ length: 10_000 }, () => frame(type, 0, 0, payload)));
      await sees(client, "closed");
    });

  test("a hundred fields are read, one more is an error", async () => {
    const fields = Array.from({ length: 101 }, (): [string, string] => ["a", "b"]);
    const fine = await exchange(headers(1, [OK, ...fields.slice(1)]));
    assert.equal(fine.seen.includes("end"), true);
    fine.codec.destroy();
    const client = await exchange(headers(1, [OK, ...fields]));
    assert.equal(
      client.seen.some((line) => line.startsWith("reset")),
      true,
    );
    client.codec.destroy();
  });

  test("drains: the answer in flight comes whole, then it closes", async () => {
    const client = connect();
    client.ask();
    await gets(client, "HEADERS 1 end");
    client.codec.drain();
    assert.equal(client.codec.canOpenStream, false);
    client.peer.send(headers(1, [OK]));
    await sees(client, "end");
    client.peer.end();
    await sees(client, "closed");
  });
});

describe("http2 client: an upstream that never hangs up", () => {
  test("is cut off a second after our FIN", async () => {
    const client = connect();
    client.ask();
    await gets(client, "HEADERS 1 end");
    client.peer.send(headers(1, [OK]));
    await sees(client, "stream end");
    client.codec.drain();
    await until(
      () => client.peer.hasEnded,
      () => "FIN",
    );
    client.clock.advanceMs(999);
    await settle();
    assert.equal(client.seen.includes("closed"), false);
    client.clock.advanceMs(1);
    await sees(client, "closed");
  });
});

describe("http2 client: flow control", () => {
  test("sends no more than the windows admit, then trailers", async () => {
    const client = connect();
    const stream = client.ask("POST", [], false);
    stream.sendData(Buffer.alloc(100_000), false);
    stream.sendTrailers(new HeaderMap(["x-end", "1"]));
    await until(
      () => client.peer.dataBytes(1) >= 65_535,
      () => `${client.peer.dataBytes(1)} bytes`,
    );
    await settle();
    assert.equal(client.peer.dataBytes(1), 65_535);
    const more = uint32(50_000);
    client.peer.send(frame("WINDOW_UPDATE", 0, 0, more), frame("WINDOW_UPDATE", 0, 1, more));
    await gets(client, "HEADERS 1 end");
    assert.equal(client.peer.dataBytes(1), 100_000);
    client.codec.destroy();
  });

  test("an upstream that sends on while the receiver has paused gets no larger window", async () => {
    const client = connect();
    const stream = client.ask();
    await gets(client, "HEADERS 1 end");
    client.peer.send(head());
    await sees(client, "head 200");
    stream.pauseReading();
    const piece = data("x".repeat(16_000));
    client.peer.send(piece, piece, piece);
    await settle();
    assert.equal(
      client.seen.some((line) => line.startsWith("data")),
      false,
    );
    stream.resumeReading();
    await until(
      () => client.seen.some((line) => line.startsWith("data")),
      () => "the data",
    );
    client.codec.destroy();
  });
});
