/** Section "HTTP/1 framing" of hostile input: field lines and the request line. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, readAlike } from "./fixture/refusal.ts";

const get = (fields: string) => `GET / HTTP/1.1\r\n${fields}\r\n\r\n`;
const line = (requestLine: string) => `${requestLine}\r\nHost: a\r\n\r\n`;
const byteName = (byte: number) => `0x${byte.toString(16).padStart(2, "0")}`;

/** Each byte that a field value may not contain; CR and LF have cases of their own. */
const CONTROL_BYTES = [...Array(0x20).keys(), 0x7f].filter(
  (byte) => byte !== 0x09 && byte !== 0x0a && byte !== 0x0d,
);

describe("http1 server: field lines", () => {
  const refused: [string, string][] = [
    ["a space before the colon", get("Host : a")],
    ["a tab before the colon", get("Host: a\r\nX\t: y")],
    ["a space before the first name", get(" Host: a")],
    ["a tab before the first name", get("\tHost: a")],
    ["a tab before a name", get("Host: a\r\n\tX: y")],
    ["an empty name", get("Host: a\r\n: v")],
    ["no colon", get("Host: a\r\nX")],
    ["no colon, then more", get("Host: a\r\nX\r\nY: z")],
    ["a name of two words", get("Host: a\r\nX Y: z")],
    ["a folded value", get("Host: a\r\nX: a\r\n b")],
    ["a folded value by tab", get("Host: a\r\nX: a\r\n\tb")],
    ["a folded empty line", get("Host: a\r\nX: a\r\n ")],
    ["a folded Host", get("Host:\r\n a")],
    ["CR in a value", get("Host: a\r\nX: a\rb")],
    ["CR before CRLF", get("Host: a\r\nX: a\r")],
    ["LF in a value", get("Host: a\r\nX: a\nb: c")],
    ["LF for a line's end", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"],
    ["LF for the request line's end", "GET / HTTP/1.1\nHost: a\r\n\r\n"],
    ["LF for every line's end", "GET / HTTP/1.1\nHost: a\n\n"],
    ["LF for the last, empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"],
    ["LF after CRLF CR", "GET / HTTP/1.1\r\nHost: a\r\n\r\rX"],
    ["CR X instead of the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n"],
    ["CR alone for every line's end", "GET / HTTP/1.1\rHost: a\r\r"],
  ];
  for (const [title, bytes] of refused) test(`400 for ${title}`, () => assertRefused(bytes, 400));

  for (const byte of CONTROL_BYTES) {
    const char = String.fromCharCode(byte);
    test(`400 for ${byteName(byte)} in a value, a name, a host, a target and a method`, async () => {
      await assertRefused(get(`Host: a\r\nX: a${char}b`), 400);
      await assertRefused(get(`Host: a\r\nX: a${char}`), 400);
      await assertRefused(get(`Host: a\r\nX${char}: b`), 400);
      await assertRefused(get(`Host: a${char}.b`), 400);
      await assertRefused(line(`GET /${char} HTTP/1.1`), 400);
      await assertRefused(line(`G${char} / HTTP/1.1`), 400);
    });
  }

  for (const char of '(),/;<=>?@[]{}"\\\x80\xa0\xff')
    test(`400 for ${JSON.stringify(char)} in a name`, async () => {
      await assertRefused(get(`Host: a\r\nX${char}: y`), 400);
      await assertRefused(get(`Host: a\r\n${char}X: y`), 400);
    });

  test("reads tabs, obs-text, empty values and every token character", async () => {
    const names = "!#$%&'*+-.^_`|~09AZaz";
    const { streams } = await readAlike(
      get(`Host: a\r\n${names}: \t b\tc\xff \t\r\nEmpty:\r\nA::`),
    );
    const want = [names.toLowerCase(), "b\tc\xff", "empty", "", "a", ":"];
    assert.deepEqual(streams[0]?.request.headers.flat, want);
  });

  test("names that are dangerous in objects, or numbers, keep their order and harm nobody", async () => {
    const names = ["__proto__", "4294967294", "constructor", "0", "tostring", "hasownproperty"];
    const { streams } = await readAlike(
      get(`Host: a\r\n${names.map((name) => `${name}: polluted`).join("\r\n")}`),
    );
    const flat = streams[0]?.request.headers.flat ?? [];
    assert.deepEqual(
      flat.filter((_, at) => at % 2 === 0),
      names,
    );
    assert.equal("polluted" in {}, false);
  });
});

describe("http1 server: request line", () => {
  const refused: [number, string][] = [
    [400, "GET\t/ HTTP/1.1"],
    [400, "GET /\tHTTP/1.1"],
    [400, "GET  / HTTP/1.1"],
    [400, "GET /  HTTP/1.1"],
    [400, " GET / HTTP/1.1"],
    [400, "GET / HTTP/1.1 "],
    [400, "GET / HTTP/1.1\t"],
    [400, "GET / x HTTP/1.1"],
    [400, "GET\xa0/ HTTP/1.1"],
    [400, "GET /"],
    [400, "GET / "],
    [400, "GET"],
    [400, "GET HTTP/1.1"],
    [400, " / HTTP/1.1"],
    [400, "GET / HTTP/1.2"],
    [400, "GET / HTTP/01.1"],
    [400, "GET / HTTP/1.01"],
    [400, "GET / HTTP/1.10"],
    [400, "GET / HTTP/11.1"],
    [400, "GET / HTTP/257.1"],
    [400, "GET / HTTP/1.257"],
    [400, "GET / HTTP/65537.1"],
    [400, "GET / HTTP/1."],
    [400, "GET / HTTP/1"],
    [400, "GET / HTTP/.1"],
    [400, "GET / HTTP/ 1.1"],
    [400, "GET / HTTP 1.1"],
    [400, "GET / HTTP/1,1"],
    [400, "GET / HTTP/+1.1"],
    [400, "GET / http/1.1"],
    [400, "GET / Http/1.1"],
    [400, "GET / HTTPS/1.1"],
    [400, "GET / ICY/1.1"],
    [505, "GET / HTTP/0.9"],
    [505, "GET / HTTP/2.0"],
    [505, "GET / HTTP/3.0"],
    [505, "GET / HTTP/9.9"],
    [400, 'G=":<>(e) / HTTP/1.1'],
    [400, "get / HTTP/1.1"],
    [400, "Get / HTTP/1.1"],
    [400, "1GET / HTTP/1.1"],
    [400, `${"M".repeat(33)} / HTTP/1.1`],
    [400, "GET /a#frag HTTP/1.1"],
    [400, "GET /\xc3\xa9 HTTP/1.1"],
    [400, "GET /\x80 HTTP/1.1"],
  ];
  for (const [status, requestLine] of refused)
    test(`${status} for ${JSON.stringify(requestLine)}`, () =>
      assertRefused(line(requestLine), status));

  test("400 for the preface of HTTP/2", () =>
    assertRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400));
  test("400 for two empty lines before it, while one is skipped", async () => {
    await assertRefused(`\r\n\r\n${get("Host: a")}`, 400);
    const { seen } = await readAlike(`\r\n${get("Host: a")}\r\n${get("Host: a")}`);
    assert.deepEqual(seen, ["GET a /", "GET a /"]);
  });
  for (const method of ["M-SEARCH", "PROPFIND", "M".repeat(32)])
    test(`reads ${method}`, async () => {
      assert.deepEqual((await readAlike(line(`${method} /?a?b HTTP/1.1`))).seen, [
        `${method} a /?a?b`,
      ]);
    });
});
