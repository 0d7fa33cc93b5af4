/** Section "HTTP/1 framing" of what hostile peers send: how long a request's body is. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, readAlike } from "./fixture/refusal.ts";

const post = (fields: string, body = "") =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;
const CHUNKED_BODY = "5\r\nhello\r\n0\r\n\r\n";
const GPOST = "5c\r\nGPOST / HTTP/1.1\r\nContent-Length: 15\r\n\r\nx=1\r\n0\r\n\r\n";

describe("http1 server: Content-Length together with Transfer-Encoding is refused", () => {
  const cases: [string, string][] = [
    ["CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG")],
    ["TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", GPOST)],
    ["with equal lengths", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n")],
    ["with a length of 0", post("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n")],
    ["with an unknown coding", post("Content-Length: 5\r\nTransfer-Encoding: identity", "hello")],
    ["hidden by Connection", post("Connection: content-length\r\nContent-Length: 5", "hello")],
    ["the other one hidden", post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked")],
  ];
  for (const [title, bytes] of cases) test(title, () => assertRefused(bytes, 400));
});

describe("http1 server: Transfer-Encoding is exactly one chunked", () => {
  for (const value of ["chunked", "Chunked", "CHUNKED", " \t chunked", "\tchunked", "chunked \t"])
    test(`reads ${JSON.stringify(value)}`, async () => {
      const { seen } = await readAlike(post(`Transfer-Encoding:${value}`, CHUNKED_BODY));
      assert.deepEqual(seen, ["POST a /", "data hello", "end"]);
    });

  const values: [number, string][] = [
    [400, "\x0bchunked"],
    [400, "\x0cchunked"],
    [400, "chunked\x0b"],
    [400, "\0chunked"],
    [400, "chunked\0"],
    [400, "chunked\r"],
    [400, "chunked\r\r"],
    [400, "chunked\n"],
    [400, ""],
    [400, ","],
    [400, ",chunked"],
    [400, "chunked,"],
    [400, "chunked, chunked"],
    [400, "chunked chunked"],
    [400, '"chunked"'],
    [400, "'chunked' x"],
    [400, "chunked;q=1"],
    [400, "\xa0chunked"],
    [400, "chunked\xa0"],
    [400, "\x85chunked"],
    [400, "chunked\x85"],
    [400, "\xffchunked"],
    [400, "chunked\xff"],
    [400, "ch\x96nked"],
    [400, "chun\xe2\x84\xaaed"],
    [501, "xchunked"],
    [501, "chunk"],
    [501, "chunkedx"],
    [501, "identity"],
    [501, "cow, chunked"],
    [501, "chunked, identity"],
    [501, "gzip, chunked"],
    [501, "chunked, gzip"],
    [501, "gzip"],
  ];
  for (const [status, value] of values)
    test(`${status} for ${JSON.stringify(value)}`, () =>
      assertRefused(post(`Transfer-Encoding: ${value}`, CHUNKED_BODY), status));

  const heads: [string, string][] = [
    ["a space before the colon", post("Transfer-Encoding : chunked")],
    ["a tab before the colon", post("Transfer-Encoding\t: chunked")],
    ["a vertical tab before the colon", post("Transfer-Encoding\x0b: chunked")],
    [
      "a space before the first field's name",
      "POST / HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\n\r\n",
    ],
    ["a space before the name", post(" Transfer-Encoding: chunked")],
    ["an underscore", post("Transfer_Encoding: chunked")],
    ["a backslash", post("Transfer\\Encoding: chunked")],
    ["a K sign in the name", post("Transfer-Encoding\xe2\x84\xaa: chunked")],
    ["a byte of 0xff before the name", post("\xffTransfer-Encoding: chunked")],
    ["a bare LF before it", post("X: y\nTransfer-Encoding: chunked")],
    ["a bare CR before it", post("X: y\rTransfer-Encoding: chunked")],
    ["a folded line", post("Foo: bar\r\n Transfer-Encoding: chunked")],
    ["a folded line by tab", post("Foo: bar\r\n\tTransfer-Encoding: chunked")],
    ["a folded value", post("Transfer-Encoding:\r\n chunked")],
    ["two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")],
    ["two lines that differ", post("Transfer-Encoding: chunked\r\nTransfer-encoding: identity")],
    ["two lines, one of them a cow", post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked")],
    ["HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ];
  for (const [title, bytes] of heads) test(`400 for ${title}`, () => assertRefused(bytes, 400));
});

describe("http1 server: Content-Length is one number", () => {
  for (const [value, body] of [
    ["0", ""],
    ["5", "hello"],
    ["5 ", "hello"],
    [" \t5\t", "hello"],
    ["10", "hellohello"],
  ] as const)
    test(`reads ${JSON.stringify(value)}`, async () => {
      const { seen } = await readAlike(post(`Content-Length:${value}`, body));
      const events = seen.join(" | ");
      assert.equal(events, body === "" ? "POST a /" : `POST a / | data ${body} | end`);
    });

  test("reads 2^53-1 and waits for it", async () => {
    const { seen, hasClosed } = await readAlike(post("Content-Length: 9007199254740991", "x"));
    assert.deepEqual([seen, hasClosed()], [["POST a /", "data x"], false]);
  });

  const values = [
    "",
    "+5",
    "-1",
    "-0",
    "0x5",
    "5_0",
    "1e1",
    "5.0",
    "010",
    "00",
    "00000000005",
    "5 5",
  ];
  values.push(
    "5, 5",
    "5, 6",
    "5,",
    ",5",
    "5;",
    "\xa05",
    "5\x0b",
    "5\0",
    "\xd9\xa5",
    "\xb2",
    "five",
  );
  values.push("9007199254740992", "18446744073709551616", "18446744073709551621");
  values.push("99999999999999999999", "Infinity", "NaN");
  for (const value of values)
    test(`400 for ${JSON.stringify(value)}`, () =>
      assertRefused(post(`Content-Length: ${value}`, "hello"), 400));

  for (const second of ["5", "6", "", "0"])
    test(`400 for a second one of ${JSON.stringify(second)}`, () =>
      assertRefused(post(`Content-Length: 5\r\nContent-Length: ${second}`, "hello"), 400));

  for (const name of ["Content_Length", "Content-Length ", "Content Length", "\tContent-Length"])
    test(`400 for the name ${JSON.stringify(name)}`, () =>
      assertRefused(post(`${name}: 5`, "hello"), 400));
});
