/** Section "HTTP/2" of hostile input: heads that would be another request behind us. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { headers } from "./fixture/frame.ts";
import { until } from "./fixture/raw-peer.ts";
import { GET, POST, serve } from "./fixture/server-fixture.ts";

type Field = readonly [string, string];

const without = (...names: string[]) => GET.filter(([name]) => !names.includes(name));
const instead = (name: string, value: string) =>
  GET.map((field): Field => (field[0] === name ? [name, value] : field));
const withField = (name: string, value: string): Field[] => [...GET, [name, value]];

/** Holds that no request reaches the handler, and that the stream ends with 400 or PROTOCOL_ERROR. */
async function assertMalformed(fields: readonly Field[]): Promise<void> {
  const { peer, streams, codec } = serve();
  peer.send(headers(1, fields), headers(3, [...POST, ["x-next", "1"]]));
  const verdict = () =>
    peer.statusOf(1) === 400 ||
    peer.story.includes("RST_STREAM 1 PROTOCOL_ERROR") ||
    peer.story.includes("GOAWAY 0 PROTOCOL_ERROR");
  await until(verdict, () => peer.story.join(" | "));
  assert.deepEqual(
    streams.filter(({ request }) => !request.headers.has("x-next")),
    [],
  );
  codec.destroy();
}

describe("http2 server: pseudo-fields", () => {
  const cases: [string, readonly Field[]][] = [
    ["no :method", without(":method")],
    ["no :scheme", without(":scheme")],
    ["no :path", without(":path")],
    ["no :authority and no host", without(":authority")],
    ["nothing at all", []],
    ["two :method", [[":method", "GET"], ...GET]],
    ["two :path", [...GET, [":path", "/"]]],
    ["two :scheme", [...GET, [":scheme", "http"]]],
    ["two :authority", [...GET, [":authority", "a"]]],
    ["one late", [...without(":path"), ["x", "y"], [":path", "/"]]],
    ["one unknown", [...GET, [":version", "1.1"]]],
    [":status", [...GET, [":status", "200"]]],
    ["an empty name", [...GET, [":", "x"]]],
    ["an empty :path", instead(":path", "")],
    ["an empty :method", instead(":method", "")],
    ["an empty :authority", instead(":authority", "")],
    ["an upper-case pseudo-field", [...without(":path"), [":Path", "/"]]],
    ["host that differs", withField("host", "b")],
    ["host of another port", withField("host", "a:81")],
    ["an empty host", withField("host", "")],
    ["two host", [...GET, ["host", "a"], ["host", "a"]]],
    ["two host and no :authority", [...without(":authority"), ["host", "a"], ["host", "b"]]],
    ["CONNECT with a path", instead(":method", "CONNECT")],
    [
      "CONNECT without port",
      [
        [":method", "CONNECT"],
        [":authority", "a"],
      ],
    ],
  ];
  for (const [title, fields] of cases) test(`${title} is malformed`, () => assertMalformed(fields));

  const values: [string, string][] = [
    [":path", "/ HTTP/1.1"],
    [":path", "/ HTTP/1.1\r\nHost: b"],
    [":path", "/\0"],
    [":path", "/\t"],
    [":path", "/#f"],
    [":path", "/\xe9"],
    [":path", "index"],
    [":path", "*"],
    [":path", "http://a/"],
    [":method", "GET / HTTP/1.1\r\nX: y"],
    [":method", "GET / HTTP/1.1"],
    [":method", "get"],
    [":method", "G\0T"],
    [":scheme", "http://x/?"],
    [":scheme", "ftp"],
    [":scheme", "HTTP"],
    [":scheme", ""],
    [":authority", "a b"],
    [":authority", "a,b"],
    [":authority", "a/x"],
    [":authority", "u@a"],
    [":authority", "a:99999"],
    [":authority", "a\r\nX: y"],
    [":authority", "a\0"],
  ];
  for (const [name, value] of values)
    test(`${name} ${JSON.stringify(value)} is malformed`, () =>
      assertMalformed(instead(name, value)));
});

describe("http2 server: fields", () => {
  const cases: [string, string][] = [
    ["X-Upper", "v"],
    ["transfer-encoding", "chunked"],
    ["transfer-encoding", ""],
    ["transfer_encoding", "chunked"],
    ["content_length", "5"],
    ["connection", "close"],
    ["connection", "transfer-encoding"],
    ["proxy-connection", "close"],
    ["keep-alive", "1"],
    ["upgrade", "h2c"],
    ["te", "gzip"],
    ["te", "trailers, gzip"],
    ["content-length", "+5"],
    ["content-length", "5, 5"],
    ["content-length", "0x5"],
    ["content-length", ""],
    ["content-length", "99999999999999999999"],
  ];
  for (const [name, value] of cases)
    test(`${JSON.stringify(name)}: ${JSON.stringify(value)} is malformed`, () =>
      assertMalformed(withField(name, value)));

  // RFC 9113 section 8.2.1 asks for a stream error; nghttp2 takes the field out, and tells Node nothing.
  const dropped: [string, string][] = [
    ["foo", "b\r\nTransfer-Encoding: chunked"],
    ["foo", "b\nc"],
    ["foo", "b\rc"],
    ["foo", "b\0c"],
    ["foo", " b"],
    ["foo", "b "],
    ["foo", "\tb"],
    ["foo\r\nx", "b"],
    ["foo: chunked\r\nbar", "b"],
    ["transfer-encoding: chunked", "b"],
    ["transfer-encoding ", "chunked"],
    [" foo", "b"],
    ["foo bar", "b"],
    ["foo\0", "b"],
    ["foo\x7f", "b"],
    ["f\xe9", "b"],
    ["foo(", "b"],
    ["", "b"],
  ];
  for (const [name, value] of dropped)
    test(`${JSON.stringify(name)}: ${JSON.stringify(value)} never arrives`, async () => {
      const { peer, seen, codec } = serve();
      peer.send(headers(1, withField(name, value)));
      await until(
        () => peer.story.length > 0,
        () => "an answer",
      );
      assert.deepEqual(seen, ["GET a /"]);
      codec.destroy();
    });

  test("two lengths are malformed", () =>
    assertMalformed([...POST, ["content-length", "0"], ["content-length", "0"]]));

  test("what is just allowed passes, without Host, Expect and crumbs of cookies", async () => {
    const fields: [string, string][] = [
      ["host", "a:80"],
      ["te", "trailers"],
      ["cookie", "a=1"],
      ["x", "b\tc\xff"],
      ["cookie", "b=2"],
      ["expect", "100-continue"],
      ["e", ""],
      ["x", "again"],
    ];
    const { peer, seen, codec } = serve();
    peer.send(headers(1, [...GET, ...fields]));
    await until(
      () => peer.statusOf(1) === 200,
      () => peer.story.join(" | "),
    );
    assert.deepEqual(seen, ["GET a / te trailers cookie a=1; b=2 x b\tc\xff e  x again"]);
    codec.destroy();
  });

  test("host stands in for a missing :authority", async () => {
    const { peer, seen, codec } = serve();
    peer.send(headers(1, [...without(":authority"), ["host", "b"]]));
    await until(
      () => peer.statusOf(1) === 200,
      () => peer.story.join(" | "),
    );
    assert.deepEqual(seen, ["GET b /"]);
    codec.destroy();
  });
});
