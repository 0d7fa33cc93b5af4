/** Hostile input around a request: bodies cut short, early answers, Expect, pipelining. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, readAlike } from "./fixture/refusal.ts";
import { dribble, send, serve } from "./fixture/server-fixture.ts";

const post = (fields: string, body = "") =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;

describe("http1 server: a body ends where it was announced", () => {
  test("a request inside a body is body, for a handler that ignores it as well", async () => {
    const hidden = "GET /hopla HTTP/1.1\r\nFoo: x";
    const { seen } = await readAlike(
      `${post(`Content-Length: ${hidden.length}`, hidden)}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    assert.deepEqual(seen, ["POST a /", `data ${hidden}`, "end", "GET a /next"]);
  });

  test("an answer before the body's end closes, and the rest is never a request", async () => {
    const { client, streams, seen, hasClosed } = serve();
    await send(client, post("Content-Length: 34", "GET /hopla"));
    streams[0]?.sendHead({ status: 404, headers: streams[0].request.headers.copy() }, true);
    await send(client, " HTTP/1.1\r\nHost: example.com\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.deepEqual(seen, ["POST a /", "data GET /hopla"]);
    assert.equal(hasClosed(), true);
  });

  for (const [title, bytes] of [
    ["a body that is too short", post("Content-Length: 10", "12345")],
    ["chunks without the last one", post("Transfer-Encoding: chunked", "5\r\nhello\r\n")],
    ["a chunk that is too short", post("Transfer-Encoding: chunked", "5\r\nhel")],
    ["a last chunk without its empty line", post("Transfer-Encoding: chunked", "0\r\n")],
    ["half an empty line after the last chunk", post("Transfer-Encoding: chunked", "0\r\n\r")],
  ] as const)
    test(`FIN after ${title} never makes a whole request`, async () => {
      for (const write of [send, dribble]) {
        const { client, seen, sent, hasClosed } = serve();
        await write(client, bytes);
        client.end();
        await send(client);
        assert.equal(seen.includes("end"), false);
        assert.ok(seen.includes("reset connection-closed"));
        assert.ok(seen.includes("error 400 request cut short"));
        assert.match(sent(), /^HTTP\/1.1 400 Bad Request\r\n/);
        assert.equal(hasClosed(), true);
      }
    });

  test("FIN in a head is 400, and between requests the end", async () => {
    const cut = serve();
    await send(cut.client, "GET / HTTP/1.1\r\nHo");
    cut.client.end();
    await send(cut.client);
    assert.match(cut.sent(), /^HTTP\/1.1 400/);
    for (const between of ["", "\r\n"]) {
      const { client, seen, hasClosed } = serve();
      await send(client, `GET / HTTP/1.1\r\nHost: a\r\n\r\n${between}`);
      client.end();
      await send(client);
      assert.deepEqual([seen, hasClosed()], [["GET a /", "closed"], true]);
    }
  });
});

describe("http1 server: Expect", () => {
  const put = (expect: string) =>
    `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n${expect}\r\n\r\n`;

  for (const value of ["100-continue", "100-Continue"])
    test(`sends 100 for ${value}`, async () => {
      const { client, sent } = serve();
      await send(client, put(`Expect: ${value}`));
      assert.equal(sent(), "HTTP/1.1 100 Continue\r\n\r\n");
    });

  for (const value of ["y 100-continue", "100-continue y", "100-continue, x", "100", "", "yes"])
    test(`417 for ${JSON.stringify(value)}`, () =>
      assertRefused(`${put(`Expect: ${value}`)}hi`, 417));

  for (const [title, lines] of [
    ["two lines", "Expect: 100-continue\r\nExpect: 100-continue"],
    ["a space before the colon", "Expect : 100-continue"],
    ["a folded value", "Expect:\r\n 100-continue"],
  ] as const)
    test(`400 for ${title}`, () => assertRefused(`${put(lines)}hi`, 400));

  test("sends no 100 without a body, to HTTP/1.0, or after an answer", async () => {
    const bodiless = await readAlike("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
    assert.match(bodiless.sent(), /^HTTP\/1.1 200/);
    const old = serve();
    await send(old.client, "PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert.equal(old.sent(), "");
  });
});

describe("http1 server: pipelining", () => {
  test("answers the valid ones in order, refuses the first bad one and closes", async () => {
    const good = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const bytes = `${good("/1")}${post("Content-Length: 2", "hi")}${good("/2")}GET /3 HTTP/1.1\n\n${good("/4")}`;
    const { seen, sent, hasClosed } = await readAlike(bytes);
    assert.deepEqual(seen, [
      "GET a /1",
      "POST a /",
      "data hi",
      "end",
      "GET a /2",
      "error 400 bare LF",
    ]);
    assert.deepEqual(sent().match(/HTTP\/1.1 \d+/g), [
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 400",
    ]);
    assert.equal(hasClosed(), true);
  });

  test("nothing behind a request that asks to close is read", async () => {
    const { seen, hasClosed } = await readAlike(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert.deepEqual([seen, hasClosed()], [["GET a /"], true]);
  });
});
