/** One stream from its request to its end: lengths, trailers, resets both ways. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import type { ServerStream } from "../codec.ts";
import { END_HEADERS, END_STREAM, frame, headers, reset } from "./fixture/frame.ts";
import { settle, until } from "./fixture/raw-peer.ts";
import { GET, POST, type ServerFixture, serve } from "./fixture/server-fixture.ts";

const data = (text: string, flags = 0) => frame("DATA", flags, 1, Buffer.from(text));
const post = (fields: [string, string][] = []) => headers(1, [...POST, ...fields], END_HEADERS);
const trailers = (fields: [string, string][]) => headers(1, fields);
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

describe("http2 server: a request's body", () => {
  test("is read until END_STREAM", async () => {
    const server = serve();
    server.peer.send(post([["content-length", "5"]]), data("hel"), data("lo", END_STREAM));
    await tells(server, "HEADERS 1 end");
    assert.deepEqual(server.seen, ["POST a / content-length 5", "data hel", "data lo", "end"]);
    server.codec.destroy();
  });

  for (const [title, frames] of [
    ["more data than its length", [post([["content-length", "0"]]), data("x", END_STREAM)]],
    [
      "more data in a second frame",
      [post([["content-length", "1"]]), data("x"), data("y", END_STREAM)],
    ],
    ["less data than its length", [post([["content-length", "5"]]), data("x", END_STREAM)]],
    ["no data with a length", [headers(1, [...POST, ["content-length", "5"]])]],
    [
      "trailers before its length",
      [post([["content-length", "5"]]), data("x"), trailers([["a", "b"]])],
    ],
  ] as const)
    test(`${title} is an error and never whole`, async () => {
      const server = serve();
      server.peer.send(...frames);
      await failed(server);
      assert.equal(server.seen.includes("end"), false, server.seen.join(" | "));
      assert.equal(server.peer.statusOf(1), undefined);
      server.codec.destroy();
    });

  test("may end in trailers", async () => {
    const server = serve();
    server.peer.send(
      post(),
      data("x"),
      trailers([
        ["grpc-status", "0"],
        ["x-end", "1"],
      ]),
    );
    await tells(server, "HEADERS 1 end");
    assert.deepEqual(server.seen, ["POST a /", "data x", "trailers grpc-status 0 x-end 1"]);
    server.codec.destroy();
  });

  for (const [title, frames] of [
    ["a pseudo-field in trailers", [trailers([[":path", "/x"]])]],
    ["a field of the hop in trailers", [trailers([["connection", "close"]])]],
    ["trailers that do not end it", [headers(1, [["x", "y"]], END_HEADERS)]],
  ] as const)
    test(`${title} is an error`, async () => {
      const server = serve();
      server.peer.send(post(), ...frames);
      await failed(server);
      assert.equal(
        server.seen.some((line) => line.startsWith("trailers")),
        false,
      );
      server.codec.destroy();
    });

  test("data after END_STREAM is STREAM_CLOSED", async () => {
    const server = serve({}, () => {});
    server.peer.send(post(), data("x", END_STREAM), data("y"));
    await until(
      () => server.peer.story.some((line) => line.endsWith("STREAM_CLOSED")),
      () => server.peer.story.join(" | "),
    );
    assert.equal(server.seen.includes("data y"), false);
    server.codec.destroy();
  });
});

describe("http2 server: a response", () => {
  test("has interim heads, data and trailers", async () => {
    const server = serve({}, (stream) => {
      stream.sendInformational({ status: 103, headers: fields("link", "</a>") });
      stream.sendHead({ status: 200, headers: fields("x", "1") }, false);
      stream.sendData(Buffer.from("hi"), false);
      stream.sendTrailers(fields("grpc-status", "0"));
    });
    server.peer.send(headers(1, GET));
    await tells(server, "HEADERS 1 end");
    assert.deepEqual(server.peer.story, ["HEADERS 1", "HEADERS 1", "DATA 1", "HEADERS 1 end"]);
    server.codec.destroy();
  });

  test("of gRPC may be trailers alone, in one frame", async () => {
    const server = serve({}, (stream) =>
      stream.sendHead({ status: 200, headers: fields("grpc-status", "5") }, true),
    );
    server.peer.send(headers(1, GET));
    await tells(server, "HEADERS 1 end");
    assert.deepEqual(server.peer.story, ["HEADERS 1 end"]);
    server.codec.destroy();
  });

  for (const [title, head] of [
    ["a name that Node refuses", { status: 200, headers: fields("x y", "z") }],
  ] as const)
    test(`with ${title} is INTERNAL_ERROR for its stream alone`, async () => {
      const server = serve({}, (stream) => stream.sendHead(head, true));
      server.peer.send(headers(1, GET));
      await tells(server, "RST_STREAM 1 INTERNAL_ERROR");
      assert.equal(
        server.peer.story.some((line) => line.startsWith("GOAWAY")),
        false,
      );
      server.codec.destroy();
    });

  test("that is whole before its request stops the request with NO_ERROR", async () => {
    const server = serve();
    server.peer.send(post(), data("part"));
    await sees(server, "data part");
    server.streams[0]?.sendHead({ status: 413, headers: fields() }, true);
    await tells(server, "RST_STREAM 1 NO_ERROR");
    assert.deepEqual(server.peer.story, ["HEADERS 1 end", "RST_STREAM 1 NO_ERROR"]);
    server.peer.send(data("rest"));
    await settle();
    assert.deepEqual(server.seen, ["POST a /", "data part"]);
    assert.equal(server.codec.activeStreams, 0);
    server.codec.destroy();
  });

  test("with a body that is whole before its request sends that body first", async () => {
    const server = serve();
    server.peer.send(post(), data("part"));
    await sees(server, "data part");
    server.streams[0]?.sendHead({ status: 413, headers: fields() }, false);
    server.streams[0]?.sendData(Buffer.alloc(1_000), true);
    await tells(server, "RST_STREAM 1 NO_ERROR");
    assert.equal(server.peer.dataBytes(1), 1_000);
    server.codec.destroy();
  });

  test("ends a request whose reading was paused as well", async () => {
    const server = serve();
    server.peer.send(post());
    await sees(server, "POST a /");
    server.streams[0]?.pauseReading();
    server.peer.send(data("part"));
    await settle();
    server.streams[0]?.sendHead({ status: 413, headers: fields() }, true);
    await tells(server, "RST_STREAM 1 NO_ERROR");
    await settle();
    assert.deepEqual([server.codec.activeStreams, server.seen], [0, ["POST a /"]]);
    server.codec.destroy();
  });
});

describe("http2 server: resets", () => {
  for (const code of ["CANCEL", "NO_ERROR", "REFUSED_STREAM", "INTERNAL_ERROR"] as const)
    test(`${code} of the client reaches the handler once`, async () => {
      for (const first of [headers(1, GET), post()]) {
        const server = serve({}, () => {});
        server.peer.send(first);
        await until(
          () => server.streams.length > 0,
          () => "the request",
        );
        server.peer.send(reset(1, code));
        await sees(server, "reset remote-reset");
        await settle();
        assert.equal(server.seen.length, 2);
        assert.equal(server.codec.activeStreams, 0);
        server.codec.destroy();
      }
    });

  test("ours are INTERNAL_ERROR, before the head and after it, and nothing follows", async () => {
    for (const answer of [
      (stream: ServerStream) => stream.reset(),
      (stream: ServerStream) => {
        stream.sendHead({ status: 200, headers: fields() }, false);
        stream.sendData(Buffer.from("part"), false);
        stream.reset();
        stream.sendData(Buffer.from("more"), true);
      },
    ]) {
      const server = serve({}, answer);
      server.peer.send(headers(1, GET), headers(3, POST, END_HEADERS));
      await tells(server, "RST_STREAM 1 INTERNAL_ERROR");
      await settle();
      assert.equal(server.peer.story.includes("DATA 1 end"), false);
      assert.equal(
        server.seen.some((line) => line.startsWith("reset")),
        false,
      );
      assert.equal(server.codec.activeStreams, 1);
      server.codec.destroy();
    }
  });

  test("the connection's end resets what is open", async () => {
    const server = serve({}, () => {});
    server.peer.send(headers(1, GET), headers(3, POST, END_HEADERS));
    await until(
      () => server.streams.length === 2,
      () => "two requests",
    );
    server.peer.end();
    await sees(server, "closed");
    await settle();
    const reset = "reset connection-closed";
    assert.deepEqual(server.seen.slice(2), [reset, reset, "closed"]);
  });

  test("an error of the connection is told before its end, after which nothing follows", async () => {
    const server = serve({}, () => {});
    server.peer.send(post(), frame("PRIORITY", 0, 1, Buffer.alloc(4)));
    await sees(server, "closed");
    await settle();
    assert.deepEqual(server.seen.slice(1), [
      "reset connection-closed",
      "error 400 Protocol error",
      "closed",
    ]);
  });
});
