/** Section "HTTP/1 framing" of hostile input: chunk sizes, extensions, data and trailers. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, joinData, readAlike } from "./fixture/refusal.ts";
import { send, serve } from "./fixture/server-fixture.ts";

const chunked = (body: string) =>
  `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;

describe("http1 server: chunk size", () => {
  for (const size of ["5", "05", "000000000000005"])
    test(`reads ${size}`, async () => {
      const { seen } = await readAlike(chunked(`${size}\r\nhello\r\n000\r\n\r\n`));
      assert.deepEqual(seen, ["POST a /", "data hello", "end"]);
    });

  for (const size of ["a", "A"])
    test(`reads ${size} as ten`, async () => {
      const { seen } = await readAlike(chunked(`${size}\r\nhellohello\r\n0\r\n\r\n`));
      assert.deepEqual(seen, ["POST a /", "data hellohello", "end"]);
    });

  const sizes = [
    "",
    "0x5",
    "+5",
    "-5",
    "-0",
    "5 ",
    " 5",
    "\t5",
    "5\t",
    "5_0",
    "5,",
    "1g",
    "g",
    "5.0",
    "1e+1",
  ];
  sizes.push("0000000000000005", "FFFFFFFFFFFFFFFF1", "FFFFFFFFFFFFFFFF", "10000000000000000");
  sizes.push("FFFFFFFFFFFFFFF", "20000000000000", "5\0", "5\x0b", "\xb2", "5\xa0", "\xd9\xa5");
  for (const size of sizes)
    test(`400 for ${JSON.stringify(size)}`, () =>
      assertRefused(chunked(`${size}\r\nhello\r\n0\r\n\r\n`), 400, "body"));

  test("reads the announcement of 2^53-1 bytes and waits", async () => {
    const { seen, hasClosed } = await readAlike(chunked("1fffffffffffff\r\nx"));
    assert.deepEqual([seen, hasClosed()], [["POST a /", "data x"], false]);
  });

  for (const end of ["\n", "\r", "\rX", "\r\r\n", "\n\r", "\r \n"])
    test(`400 for a size line that ends in ${JSON.stringify(end)}`, async () => {
      await assertRefused(chunked(`5${end}hello\r\n0\r\n\r\n`), 400, "body");
      await assertRefused(chunked(`0${end}\r\n`), 400, "body");
    });
});

describe("http1 server: chunk extensions", () => {
  for (const extension of [
    ";a",
    ";a=b",
    ";a=b;c;d=e",
    ';a="b c\t\xff"',
    ';a="\\"\\\\;\\\t"',
    `;a=${"x".repeat(253)}`,
  ])
    test(`drops ${JSON.stringify(extension.slice(0, 20))}`, async () => {
      const { seen } = await readAlike(chunked(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`));
      assert.deepEqual(seen, ["POST a /", "data hello", "end"]);
    });

  const extensions = [
    ";",
    ";;",
    ";a;",
    ";a=",
    ";=b",
    ";a=b=c",
    "; a",
    ";a =b",
    ";a= b",
    ";a ",
    " ;a",
  ];
  extensions.push(";\0", ";a\0", ";a=b\x01", ";a\x7f", ";a=\xff", ';a="b', ';a=b"', ';a="b"c');
  extensions.push(';a="b\0"', ';a="\\', ';a="\x7f"', ';a="\\\x7f"', ";a,b", ";(a)");
  extensions.push(`;a=${"x".repeat(254)}`);
  for (const extension of extensions)
    test(`400 for ${JSON.stringify(extension.slice(0, 20))}`, async () => {
      await assertRefused(chunked(`5${extension}\r\nhello\r\n0\r\n\r\n`), 400, "body");
      await assertRefused(chunked(`0${extension}\r\n\r\n`), 400, "body");
    });

  for (const [title, body] of [
    ["a bare LF ends it (TERM.EXT)", "5;\nxx\r\n0\r\n\r\n"],
    ["a bare LF stands in it", "5;a\nhello\r\n0\r\n\r\n"],
    ["a bare CR stands in it", "5;a\rb\r\nhello\r\n0\r\n\r\n"],
    ["the line before it ends in CR CR (EXT.TERM)", "2\r\r;a\r\nhi\r\n0\r\n\r\n"],
    ["a quoted value holds CRLF", '5;a="\r\nhello"\r\n0\r\n\r\n'],
  ] as const)
    test(`400 where ${title}`, () => assertRefused(chunked(body), 400, "body"));

  test("400 above 16 KiB in one message", async () => {
    const piece = `1;${"x".repeat(255)}\r\na\r\n`;
    const { seen, hasClosed } = await readAlike(chunked(piece.repeat(64)));
    assert.deepEqual([joinData(seen)[1], hasClosed()], [`data ${"a".repeat(64)}`, false]);
    await assertRefused(chunked(piece.repeat(65)), 400, "body");
  });
});

describe("http1 server: chunk data", () => {
  for (const [title, body] of [
    ["longer than its size", "4\r\nhello\r\n0\r\n\r\n"],
    ["longer by a whole line", "5\r\nhello world\r\n0\r\n\r\n"],
    ["shorter than its size", "6\r\nhello\r\n0\r\n\r\n"],
    ["without CRLF after it", "5\r\nhello0\r\n\r\n"],
    ["with XX instead of CRLF", "5\r\nhelloXX0\r\n\r\n"],
    ["with CR XX after it", "5\r\nhello\rXX0\r\n\r\n"],
    ["with CRLF and more after it", "5\r\nhello\r\nXX0\r\n\r\n"],
    ["with LF after it", "5\r\nhello\n0\r\n\r\n"],
    ["with CR after it", "5\r\nhello\r0\r\n\r\n"],
  ] as const)
    test(`400 for data ${title}`, () => assertRefused(chunked(body), 400, "body"));

  test("an error behind the answer's begin cuts the connection instead of a second answer", async () => {
    const { client, sent, streams, seen } = serve();
    await send(client, chunked("5\r\nhello\r\n"));
    streams[0]?.sendHead({ status: 200, headers: streams[0].request.headers.copy() }, false);
    await send(client);
    await send(client, "zz\r\n");
    assert.equal(sent(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    assert.deepEqual(seen.slice(2, 4), ["error 400 empty chunk size", "reset protocol-error"]);
  });
});

describe("http1 server: trailers", () => {
  const trailers = (lines: string) => chunked(`0\r\n${lines}\r\n\r\n`);

  test("passes those of gRPC on, drops the others and reads the next request", async () => {
    const lines = "GRPC-Status: 0\r\nX-Sum: 1\r\ngrpc-message: a b\r\nETag: x";
    const { seen } = await readAlike(`${trailers(lines)}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.deepEqual(seen, ["POST a /", "trailers grpc-status 0 grpc-message a b", "GET a /next"]);
    assert.deepEqual((await readAlike(trailers("X-Sum: 1"))).seen, ["POST a /", "end"]);
  });

  for (const name of [
    "Content-Length",
    "Transfer-Encoding",
    "Host",
    "Authorization",
    "Connection",
    "Cookie",
    "Expect",
    "TE",
    "Trailer",
    "Upgrade",
    ":path",
  ])
    test(`400 for ${name}`, () => assertRefused(trailers(`X: y\r\n${name}: 5`), 400, "body"));

  for (const [title, bytes] of [
    ["a bare LF", chunked("0\r\nX: y\n\r\n")],
    ["a bare LF for the empty line", chunked("0\r\nX: y\r\n\n")],
    ["a bare LF for the only line", chunked("0\r\n\n")],
    ["a bare CR", chunked("0\r\nX: a\rb\r\n\r\n")],
    ["CR and more for the empty line", chunked("0\r\n\rX\r\n")],
    ["NUL", trailers("X: a\0")],
    ["no colon", trailers("X")],
    ["a space before the colon", trailers("X : y")],
    ["a folded line", trailers("X: a\r\n b")],
    ["a space at the begin", trailers(" X: a")],
    ["a request", chunked("0\r\nGET / HTTP/1.1\r\n\r\n")],
  ] as const)
    test(`400 for ${title}`, () => assertRefused(bytes, 400, "body"));

  test("reads 100 of them, 431 for 101", async () => {
    const lines = (count: number) => Array(count).fill("X: y").join("\r\n");
    assert.deepEqual((await readAlike(trailers(lines(100)))).seen, ["POST a /", "end"]);
    await assertRefused(trailers(lines(101)), 431, "body");
  });

  test("431 above 60 KiB, ended or not", async () => {
    await assertRefused(trailers(`X: ${"x".repeat(60 * 1024)}`), 431, "body");
    const { client, sent } = serve();
    await send(client, chunked(`0\r\nX: ${"x".repeat(60 * 1024)}`));
    assert.match(sent(), /^HTTP\/1.1 431/);
  });
});
