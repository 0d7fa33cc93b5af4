/** A request to an upstream that is played frame by frame, well behaved and not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClientFixture, connect } from "./fixture/client-fixture.ts";
import { END_HEADERS, END_STREAM, frame, headers, reset } from "./fixture/frame.ts";
import { settle, until } from "./fixture/raw-peer.ts";

const OK: [string, string] = [":status", "200"];
const head = (...fields: [string, string][]) => headers(1, [OK, ...fields], END_HEADERS);
const data = (text: string, flags = 0) => frame("DATA", flags, 1, Buffer.from(text));
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

describe("http2 client: responses", () => {
  const cases: [string, Buffer[], string[]][] = [
    ["a head alone", [headers(1, [OK])], ["head 200", "end"]],
    [
      "trailers alone, as gRPC does",
      [headers(1, [OK, ["grpc-status", "5"]])],
      ["head 200 grpc-status 5", "end"],
    ],
    [
      "data",
      [head(["content-length", "2"]), data("h"), data("i", END_STREAM)],
      ["head 200 content-length 2", "data h", "data i", "end"],
    ],
    [
      "trailers",
      [head(), data("hi"), headers(1, [["grpc-status", "0"]])],
      ["head 200", "data hi", "trailers grpc-status 0", "end"],
    ],
    [
      "interim heads",
      [headers(1, [[":status", "103"]], END_HEADERS), headers(1, [OK])],
      ["1xx 103", "head 200", "end"],
    ],
    [
      "100, which is this hop's",
      [headers(1, [[":status", "100"]], END_HEADERS), headers(1, [OK])],
      ["head 200", "end"],
    ],
    [
      "repeated fields",
      [headers(1, [OK, ["set-cookie", "a"], ["set-cookie", "b"]])],
      ["head 200 set-cookie a set-cookie b", "end"],
    ],
  ];
  for (const [title, frames, want] of cases)
    test(`of ${title}`, async () => {
      const client = await exchange(...frames);
      assert.deepEqual(client.seen, [...want, "stream end"]);
      assert.deepEqual([client.codec.canOpenStream, client.codec.activeStreams], [true, 0]);
      client.codec.destroy();
    });

  const broken: [string, Buffer[]][] = [
    ["no :status", [headers(1, [["x", "y"]])]],
    ["two :status", [headers(1, [OK, OK])]],
    [":status late", [headers(1, [["x", "y"], OK])]],
    [":status of two digits", [headers(1, [[":status", "20"]])]],
    [":status of letters", [headers(1, [[":status", "2xx"]])]],
    [":status 101", [headers(1, [[":status", "101"]])]],
    ["a pseudo-field of requests", [headers(1, [OK, [":path", "/"]])]],
    ["an upper-case name", [headers(1, [OK, ["X", "y"]])]],
    ["connection", [headers(1, [OK, ["connection", "close"]])]],
    ["transfer-encoding", [headers(1, [OK, ["transfer-encoding", "chunked"]])]],
    ["two lengths", [headers(1, [OK, ["content-length", "1"], ["content-length", "1"]])]],
    ["a bad length", [headers(1, [OK, ["content-length", "+1"]])]],
    ["more data than its length", [head(["content-length", "1"]), data("hi", END_STREAM)]],
    ["less data than its length", [head(["content-length", "3"]), data("hi", END_STREAM)]],
    ["a pseudo-field in trailers", [head(), headers(1, [OK])]],
    ["data before the head", [data("hi", END_STREAM)]],
    ["an interim head as its end", [headers(1, [[":status", "103"]])]],
  ];
  for (const [title, frames] of broken)
    test(`with ${title} are an error and never whole`, async () => {
      const client = await exchange(...frames);
      const { seen, codec } = client;
      assert.equal(seen.filter((line) => line.startsWith("reset")).length, 1, seen.join(" | "));
      assert.equal(seen.includes("end"), false);
      assert.equal(codec.activeStreams, 0);
      codec.destroy();
    });

  test("more than a hundred interim heads are an error", async () => {
    const hints = Array.from({ length: 101 }, () => headers(1, [[":status", "103"]], END_HEADERS));
    const fine = await exchange(...hints.slice(1), headers(1, [OK]));
    assert.equal(fine.seen.includes("end"), true);
    const flood = await exchange(...hints);
    assert.equal(flood.seen.includes("reset protocol-error: too many interim responses"), true);
    flood.codec.destroy();
    fine.codec.destroy();
  });
});

describe("http2 client: resets", () => {
  for (const [code, want] of [
    ["REFUSED_STREAM", "refused-stream"],
    ["PROTOCOL_ERROR", "protocol-error"],
    ["CANCEL", "remote-reset"],
    ["INTERNAL_ERROR", "remote-reset"],
    ["ENHANCE_YOUR_CALM", "remote-reset"],
    ["NO_ERROR", "remote-reset"],
  ] as const)
    test(`${code} before the head is ${want}`, async () => {
      const client = await exchange(reset(1, code));
      assert.match(client.seen[0] ?? "", new RegExp(`^reset ${want}: `));
      assert.deepEqual(client.seen.slice(1), ["stream end"]);
      assert.equal(client.codec.canOpenStream, true);
      client.codec.destroy();
    });

  for (const code of ["CANCEL", "NO_ERROR"] as const)
    test(`${code} within the body is a reset, not an end`, async () => {
      const client = await exchange(head(), data("part"), reset(1, code));
      assert.equal(client.seen.includes("end"), false, client.seen.join(" | "));
      assert.equal(
        client.seen.some((line) => line.startsWith("reset remote-reset")),
        true,
      );
      client.codec.destroy();
    });

  test("NO_ERROR behind a whole answer lets the answer stand, and stops the request", async () => {
    const client = connect();
    const stream = client.ask("POST", [], false);
    stream.sendData(Buffer.from("part"), false);
    await gets(client, "DATA 1");
    client.peer.send(head(), data("full", END_STREAM), reset(1, "NO_ERROR"));
    await sees(client, "stream end");
    assert.deepEqual(client.seen, ["head 200", "data full", "end", "stream end"]);
    assert.equal(stream.sendData(Buffer.from("rest"), true), true);
    client.codec.destroy();
  });

  test("ours is CANCEL, and nothing follows", async () => {
    const client = connect();
    const stream = client.ask();
    await gets(client, "HEADERS 1 end");
    stream.reset();
    await gets(client, "RST_STREAM 1 CANCEL");
    client.peer.send(headers(1, [OK]));
    await settle();
    assert.deepEqual([client.seen, client.codec.activeStreams], [["stream end"], 0]);
    client.codec.destroy();
  });

  test("the connection's end resets every stream, and then tells the pool", async () => {
    const client = connect();
    client.ask();
    client.ask();
    await gets(client, "HEADERS 3 end");
    client.peer.send(head(), data("part"));
    await sees(client, "data part");
    client.peer.end();
    await sees(client, "closed");
    await settle();
    const { seen } = client;
    assert.equal(seen.filter((line) => line.startsWith("reset connection-closed")).length, 2);
    assert.deepEqual([seen.at(-1), client.codec.canOpenStream], ["closed", false]);
  });
});
