import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ClientFixture, connect } from "./fixture/client-fixture.ts";
import { send } from "./fixture/server-fixture.ts";

const EMPTY_OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const isReusable = ({ codec, hasClosed }: ClientFixture) => codec.canOpenStream && !hasClosed();

describe("http1 client: responses", () => {
  const cases: [string, string, string, string[]][] = [
    [
      "a length",
      "GET",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      ["head 200 content-length 2", "data hi", "end"],
    ],
    ["a length of 0", "GET", EMPTY_OK, ["head 200 content-length 0", "end"]],
    [
      "no reason and no space",
      "GET",
      "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
      ["head 404 content-length 0", "end"],
    ],
    [
      "chunks",
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\n\r\n",
      ["head 200", "data hi", "end"],
    ],
    [
      "chunks and trailers",
      "POST",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\ngrpc-status: 0\r\nX: y\r\n\r\n",
      ["head 200", "trailers grpc-status 0", "end"],
    ],
    [
      "HEAD with a length",
      "HEAD",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
      ["head 200 content-length 2", "end"],
    ],
    [
      "HEAD with chunks",
      "HEAD",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      ["head 200", "end"],
    ],
    ["HEAD without framing", "HEAD", "HTTP/1.1 200 OK\r\n\r\n", ["head 200", "end"]],
    ["204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", ["head 204", "end"]],
    [
      "204 with a length of 0",
      "GET",
      "HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n",
      ["head 204 content-length 0", "end"],
    ],
    [
      "304 with a length",
      "GET",
      "HTTP/1.1 304 X\r\nContent-Length: 2\r\n\r\n",
      ["head 304 content-length 2", "end"],
    ],
    [
      "100 is this hop's",
      "GET",
      `HTTP/1.1 100 Continue\r\n\r\n${EMPTY_OK}`,
      ["head 200 content-length 0", "end"],
    ],
    [
      "103 is passed on",
      "GET",
      `HTTP/1.1 103 X\r\n\r\n${EMPTY_OK}`,
      ["1xx 103", "head 200 content-length 0", "end"],
    ],
    [
      "an advertised upgrade",
      "GET",
      "HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n",
      ["head 200 content-length 0", "end"],
    ],
    [
      "HTTP/1.0 that keeps",
      "GET",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
      ["head 200 content-length 0", "end"],
    ],
  ];
  for (const [title, method, bytes, want] of cases)
    test(`${title}: the connection takes the next request`, async () => {
      const fixture = connect();
      fixture.ask(method);
      await send(fixture.upstream, bytes);
      assert.deepEqual(fixture.seen, [...want, "stream end"]);
      assert.equal(isReusable(fixture), true);
      fixture.ask();
      await send(fixture.upstream, EMPTY_OK);
      assert.deepEqual(fixture.seen.slice(want.length + 1), [
        "head 200 content-length 0",
        "end",
        "stream end",
      ]);
    });

  for (const [title, bytes] of [
    ["Connection: close", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ] as const)
    test(`${title}: the connection is not used again`, async () => {
      const fixture = connect();
      fixture.ask();
      await send(fixture.upstream, bytes);
      assert.deepEqual(fixture.seen.slice(1), ["end", "stream end", "closed"]);
      assert.equal(isReusable(fixture), false);
    });

  test("without framing the body lasts until FIN", async () => {
    const fixture = connect();
    fixture.ask();
    await send(fixture.upstream, "HTTP/1.1 200 OK\r\n\r\nhi", " there");
    assert.deepEqual(fixture.seen, ["head 200", "data hi", "data  there"]);
    fixture.upstream.end();
    await send(fixture.upstream);
    assert.deepEqual(fixture.seen.slice(3), ["end", "stream end", "closed"]);
  });

  test("an error of the connection cuts such a body, and does not end it", async () => {
    const fixture = connect();
    fixture.ask();
    await send(fixture.upstream, "HTTP/1.1 200 OK\r\n\r\nhi");
    fixture.codec.destroy();
    await send(fixture.upstream);
    assert.match(fixture.seen[2] ?? "", /^reset connection-closed/);
    assert.equal(fixture.seen.includes("end"), false);
  });

  test("an answer before the request's end is passed on, and the connection not used again", async () => {
    for (const fields of [[], ["content-length", "9"]]) {
      const fixture = connect();
      const stream = fixture.ask("PUT", fields, false);
      stream.sendData(Buffer.from("part"), false);
      await send(fixture.upstream, EMPTY_OK);
      assert.deepEqual(fixture.seen.slice(1), ["end", "stream end", "closed"]);
      assert.equal(stream.sendData(Buffer.from("rest!"), true), true);
      assert.equal(fixture.received().includes("rest!"), false);
      assert.equal(isReusable(fixture), false);
    }
  });

  test("100-continue: the body may follow the interim answer", async () => {
    const fixture = connect();
    const stream = fixture.ask("PUT", ["content-length", "2"], false);
    await send(fixture.upstream, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.sendData(Buffer.from("hi"), true);
    await send(fixture.upstream, EMPTY_OK);
    assert.deepEqual(fixture.seen, ["head 200 content-length 0", "end", "stream end"]);
    assert.equal(isReusable(fixture), true);
  });
});
