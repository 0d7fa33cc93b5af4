/** Frames that are about the connection: floods, errors, and how it is drained. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import { ACK, END_HEADERS, frame, headers, reset, uint32 } from "./fixture/frame.ts";
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

describe("http2 server: control frames", () => {
  const ping = frame("PING", 0, 0, Buffer.alloc(8));
  const settings = frame("SETTINGS", 0, 0);

  for (const [title, flood] of [
    ["PING", ping],
    ["SETTINGS", settings],
  ] as const) {
    test(`a flood of ${title} ends the connection`, async () => {
      const server = serve();
      server.peer.send(...Array.from({ length: 10_000 }, () => flood));
      await isOver(server);
      assert.match(server.seen[0] ?? "", /^error (?:429|400) /);
    });

    test(`a burst of ${title} is borne, a longer one is not, however slowly it is sent`, async () => {
      const server = serve();
      await settle();
      // The first SETTINGS have had their part of the burst.
      for (let count = 0; count < 99; count++) {
        server.peer.send(flood);
        await settle();
      }
      assert.deepEqual([server.seen, server.peer.hasEnded], [[], false]);
      server.peer.send(flood, flood);
      await isOver(server);
      assert.equal(server.seen[0], "error 429 control frame flood");
    });

    test(`ten ${title} a second are borne for ever`, async () => {
      const server = serve();
      await settle();
      for (let second = 0; second < 60; second++) {
        server.peer.send(...Array.from({ length: 10 }, () => flood));
        await settle();
        server.clock.advanceMs(1_000);
      }
      server.peer.send(headers(1, GET));
      await tells(server, "HEADERS 1 end");
      server.codec.destroy();
    });
  }

  for (const [title, bytes] of [
    ["PUSH_PROMISE of a client", frame("PUSH_PROMISE", END_HEADERS, 1, uint32(2))],
    ["a frame that is too large", frame("DATA", 0, 1, Buffer.alloc(16_385))],
    ["DATA on stream 0", frame("DATA", 0, 0, Buffer.from("x"))],
    ["DATA on an idle stream", frame("DATA", 0, 5, Buffer.from("x"))],
    ["RST_STREAM on an idle stream", reset(5, "CANCEL")],
    ["SETTINGS of a wrong length", frame("SETTINGS", 0, 0, Buffer.alloc(5))],
    ["an ACK with a payload", frame("SETTINGS", ACK, 0, Buffer.alloc(6))],
    ["PING of a wrong length", frame("PING", 0, 0, Buffer.alloc(7))],
    ["a window update of the connection of 0", frame("WINDOW_UPDATE", 0, 0, uint32(0))],
    ["a window that overflows", frame("WINDOW_UPDATE", 0, 0, uint32(2 ** 31 - 1))],
  ] as const)
    test(`${title} ends the connection`, async () => {
      const server = serve({}, hold);
      server.peer.send(headers(1, POST, END_HEADERS), bytes);
      await isOver(server);
    });
});

describe("http2 server: drain", () => {
  test("tells the client what it began, and closes after the last answer", async () => {
    const server = serve({}, hold);
    server.peer.send(headers(1, GET));
    await until(
      () => server.streams.length === 1,
      () => "the request",
    );
    server.codec.drain();
    server.codec.drain();
    server.peer.send(headers(3, GET));
    await tells(server, "GOAWAY 0 NO_ERROR");
    await settle();
    const goaway = server.peer.frames.filter(({ type }) => type === "GOAWAY");
    assert.deepEqual(
      goaway.map(({ payload }) => payload.readUInt32BE(0)),
      [1],
    );
    assert.deepEqual([server.streams.length, server.peer.hasEnded], [1, false]);
    server.streams[0]?.sendHead({ status: 200, headers: new HeaderMap() }, true);
    await tells(server, "HEADERS 1 end");
    server.peer.end();
    await isOver(server);
    assert.deepEqual(server.seen, ["GET a /", "closed"]);
  });

  test("does not wait for ever for a client that never hangs up", async () => {
    const server = serve();
    server.peer.send(headers(1, GET));
    await tells(server, "HEADERS 1 end");
    server.codec.drain();
    await until(
      () => server.peer.hasEnded,
      () => "FIN",
    );
    server.clock.advanceMs(999);
    await settle();
    assert.equal(server.seen.includes("closed"), false);
    server.clock.advanceMs(1);
    await isOver(server);
  });

  test("closes an idle connection after its time, and tells the client", async () => {
    const server = serve({ idleTimeoutMs: 1_000 });
    server.peer.send(headers(1, GET));
    await tells(server, "HEADERS 1 end");
    await settle();
    server.clock.advanceMs(999);
    await settle();
    assert.equal(server.peer.story.includes("GOAWAY 0 NO_ERROR"), false);
    server.clock.advanceMs(1);
    await tells(server, "GOAWAY 0 NO_ERROR");
    server.peer.end();
    await isOver(server);
  });
});
