import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import { connect } from "./fixture/client-fixture.ts";
import { send } from "./fixture/server-fixture.ts";

const NOTHING = Buffer.alloc(0);

describe("http1 client: requests on the wire", () => {
  const cases: [string, string, string[], boolean, string][] = [
    [
      "a GET without body",
      "GET",
      ["x-a", "1"],
      true,
      "GET / HTTP/1.1\r\nhost: a\r\nx-a: 1\r\n\r\n",
    ],
    ["an empty POST", "POST", [], true, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"],
    [
      "a length that is not true any more",
      "GET",
      ["content-length", "5"],
      true,
      "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n",
    ],
    [
      "fields of the other hop",
      "GET",
      [
        "connection",
        "x",
        "keep-alive",
        "1",
        "transfer-encoding",
        "gzip",
        "host",
        "b",
        "upgrade",
        "h2c",
      ],
      true,
      "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    ],
    [
      "TE",
      "GET",
      ["te", "trailers"],
      true,
      "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: te\r\n\r\n",
    ],
    [
      "a body of unknown length",
      "PUT",
      [],
      false,
      "PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
    [
      "a body with a length",
      "PUT",
      ["content-length", "2"],
      false,
      "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n",
    ],
  ];
  for (const [title, method, fields, endStream, want] of cases)
    test(title, async () => {
      const { upstream, ask, received } = connect();
      ask(method, fields, endStream);
      await send(upstream);
      assert.equal(received(), want);
    });

  test("data becomes chunks, trailers follow the last one", async () => {
    const { upstream, ask, received } = connect();
    const stream = ask("PUT", [], false);
    stream.sendData(Buffer.from("hello world"), false);
    stream.sendData(NOTHING, false);
    stream.sendTrailers(new HeaderMap(["grpc-status", "0"]));
    await send(upstream);
    const [, body] = received().split(/\r\n\r\n(.*)/s);
    assert.equal(body, "b\r\nhello world\r\n0\r\ngrpc-status: 0\r\n\r\n");
  });

  for (const [title, body] of [
    ["longer", "hello!"],
    ["shorter", "hell"],
  ] as const)
    test(`a body ${title} than its length resets the stream and closes`, async () => {
      const fixture = connect();
      fixture.ask("PUT", ["content-length", "5"], false).sendData(Buffer.from(body), true);
      await send(fixture.upstream);
      assert.match(fixture.seen[0] ?? "", /^reset local-reset: .*content-length/);
      assert.deepEqual(fixture.seen.slice(1), ["stream end", "closed"]);
      assert.equal(fixture.received().includes("hello!"), false);
    });
});
