/** What a hostile or broken upstream sends: an error, and never another request on that connection. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "./fixture/client-fixture.ts";
import { dribble, send } from "./fixture/server-fixture.ts";

/** Holds that `bytes` are no answer to `method`, in one piece and byte by byte. */
async function assertBroken(bytes: string, method = "GET"): Promise<void> {
  for (const write of [send, dribble]) {
    const { upstream, codec, seen, ask, hasClosed } = connect();
    ask(method);
    await write(upstream, bytes);
    const resets = seen.filter((line) => line.startsWith("reset protocol-error"));
    assert.equal(resets.length, 1, `${write.name}: ${seen.join(" | ")}`);
    assert.equal(seen.includes("end"), false, "the response never looks whole");
    assert.deepEqual([codec.canOpenStream, hasClosed(), codec.activeStreams], [false, true, 0]);
    assert.deepEqual(seen.slice(-2), ["stream end", "closed"]);
  }
}

const ok = (fields: string, body = "") => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${body}`;

describe("http1 client: framing of a response", () => {
  const chunks = "2\r\nhi\r\n0\r\n\r\n";
  const cases: [string, string][] = [
    ["CL and TE", ok("Content-Length: 2\r\nTransfer-Encoding: chunked", chunks)],
    ["TE and CL", ok("Transfer-Encoding: chunked\r\nContent-Length: 0", chunks)],
    ["two lengths", ok("Content-Length: 2\r\nContent-Length: 3", "hi")],
    ["two equal lengths", ok("Content-Length: 2\r\nContent-Length: 2", "hi")],
    ["a list of lengths", ok("Content-Length: 2, 2", "hi")],
    ["two codings", ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", chunks)],
    ["TE in HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`],
    ["a length on 204", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n"],
    ["chunks on 204", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a length on 103", "HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n"],
    ["a length on 100", "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n"],
    ["chunks on 100", "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n"],
    [
      "a length and chunks on 304",
      "HTTP/1.1 304 X\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["a bad length on 304", "HTTP/1.1 304 X\r\nContent-Length: +2\r\n\r\n"],
    ["101 to a request without upgrade", "HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n"],
  ];
  for (const [title, bytes] of cases) test(`${title} is an error`, () => assertBroken(bytes));

  for (const value of ["", "+2", "-2", "0x2", "02", "2_", "2.0", "2 2", "9007199254740992"])
    test(`the length ${JSON.stringify(value)} is an error`, () =>
      assertBroken(ok(`Content-Length: ${value}`, "hi")));
  for (const value of ["", "identity", "xchunked", "chunked,", "gzip, chunked", "\x0bchunked"])
    test(`the coding ${JSON.stringify(value)} is an error`, () =>
      assertBroken(ok(`Transfer-Encoding: ${value}`, chunks)));

  for (const body of [
    "0x2\r\nhi\r\n0\r\n\r\n",
    "2 \r\nhi\r\n0\r\n\r\n",
    "2\nhi\r\n0\r\n\r\n",
    "2;\r\nhi\r\n0\r\n\r\n",
    "1\r\nhi\r\n0\r\n\r\n",
    "3\r\nhi\r\n0\r\n\r\n",
    "10000000000000000\r\nhi",
    "0\r\nContent-Length: 2\r\n\r\n",
    "0\r\nX : y\r\n\r\n",
    "0\r\n\n",
  ])
    test(`the chunks ${JSON.stringify(body)} are an error`, () =>
      assertBroken(ok("Transfer-Encoding: chunked", body)));

  test("100 interim responses are borne, one more is an error", async () => {
    const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const { upstream, seen, ask, codec } = connect();
    ask();
    await send(upstream, hint.repeat(100) + ok("Content-Length: 0"));
    assert.equal(seen.filter((line) => line === "1xx 103").length, 100);
    assert.deepEqual([seen.at(-2), codec.canOpenStream], ["end", true]);
    await assertBroken(hint.repeat(101));
    await assertBroken("HTTP/1.1 100 Continue\r\n\r\n".repeat(101));
  });
});

describe("http1 client: head of a response", () => {
  const lines = [
    "HTTP/1.1 099 X",
    "HTTP/1.1 1000 X",
    "HTTP/1.1 99 X",
    "HTTP/1.1 000 X",
    "HTTP/1.1 20x X",
  ];
  lines.push(
    "HTTP/1.1 +20 X",
    "HTTP/1.1  200 X",
    "HTTP/1.1\t200 X",
    "HTTP/1.1 200\tOK",
    "HTTP/1.1",
  );
  lines.push(
    "HTTP/1.1 ",
    "HTTP/1.1 200OK",
    "HTTP/1.2 200 OK",
    "HTTP/2.0 200 OK",
    "HTTP/0.9 200 OK",
  );
  lines.push("http/1.1 200 OK", "ICY 200 OK", " HTTP/1.1 200 OK", "HTTP/01.1 200 OK", "200 OK", "");
  lines.push("HTTP/1.1 200 O\0K", "HTTP/1.1 200 O\x7fK", "HTTP/1.1 200 O\rK", "HTTP/1.1 200 OK\r");
  for (const line of lines)
    test(`the status line ${JSON.stringify(line)} is an error`, () =>
      assertBroken(`${line}\r\nContent-Length: 0\r\n\r\n`));

  const fields = [
    "X: a\rb",
    "X: a\nb: c",
    "X: a\r",
    "X: a\0b",
    "X: a\x7f",
    "X : y",
    " X: y",
    ": y",
    "X",
  ];
  fields.push("X: a\r\n b", "X(: y", "\xe9: y", "Connection: content-length", "Connection: a b");
  for (const field of fields)
    test(`the field ${JSON.stringify(field)} is an error`, async () => {
      await assertBroken(ok(`Content-Length: 0\r\n${field}`));
      await assertBroken(`HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 0\r\n\r\n`);
    });

  test("LF for a line's end is an error", async () => {
    await assertBroken("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
    await assertBroken("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n");
  });

  test("100 fields are read, 101 or more than 60 KiB are an error", async () => {
    const { upstream, seen, ask } = connect();
    ask();
    await send(upstream, ok(`${"a: b\r\n".repeat(99)}Content-Length: 0`));
    assert.equal(seen[1], "end");
    await assertBroken(ok(`${"a: b\r\n".repeat(100)}Content-Length: 0`));
    await assertBroken(ok(`X: ${"x".repeat(60 * 1024)}`));
    await assertBroken(`HTTP/1.1 200 ${"x".repeat(60 * 1024)}`);
  });
});

describe("http1 client: bytes that nobody asked for", () => {
  const empty = ok("Content-Length: 0");

  test("a response before the request closes the connection", async () => {
    const { upstream, codec, seen, hasClosed } = connect();
    await send(upstream, "H");
    assert.deepEqual([codec.canOpenStream, hasClosed(), seen], [false, true, ["closed"]]);
  });

  test("bytes on an idle connection close it", async () => {
    for (const bytes of [empty, "\r\n", "HTTP/1.1 408 Request Timeout\r\n\r\n", "\0"]) {
      const { upstream, codec, seen, ask, hasClosed } = connect();
      ask();
      await send(upstream, empty);
      assert.equal(codec.canOpenStream, true);
      await send(upstream, bytes);
      assert.deepEqual([codec.canOpenStream, hasClosed()], [false, true]);
      assert.deepEqual(seen.slice(1), ["end", "stream end", "closed"]);
    }
  });

  for (const [title, method, bytes] of [
    ["a response with a length", "GET", `${ok("Content-Length: 2", "hi")}!`],
    ["a response that was one of two", "GET", empty + empty],
    ["a chunked response", "GET", `${ok("Transfer-Encoding: chunked", "0\r\n\r\n")}\r\n`],
    ["a response to HEAD", "HEAD", ok("Content-Length: 2", "hi")],
    ["a 204", "GET", "HTTP/1.1 204 No Content\r\n\r\nhi"],
    ["a 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nhi"],
  ] as const)
    test(`bytes behind ${title} are dropped and the connection is not used again`, async () => {
      const { upstream, codec, seen, ask, hasClosed } = connect();
      ask(method);
      await send(upstream, bytes);
      assert.deepEqual([codec.canOpenStream, hasClosed()], [false, true]);
      assert.deepEqual(seen.slice(-3), ["end", "stream end", "closed"]);
      assert.equal(seen.filter((line) => line === "end").length, 1);
    });

  test("a response that is cut short is a reset, not an end", async () => {
    for (const bytes of [
      "",
      "HTTP/1.1 200",
      ok("Content-Length: 3", "hi"),
      ok("Transfer-Encoding: chunked", "2\r\nhi\r\n"),
      ok("Transfer-Encoding: chunked", "2\r\nhi\r\n0\r\n"),
      "HTTP/1.1 100 Continue\r\n\r\n",
    ]) {
      const { upstream, codec, seen, ask } = connect();
      ask();
      await send(upstream, bytes);
      upstream.end();
      await send(upstream);
      assert.match(seen.at(-3) ?? "", /^reset connection-closed/);
      assert.deepEqual([seen.includes("end"), codec.canOpenStream], [false, false]);
    }
  });
});
