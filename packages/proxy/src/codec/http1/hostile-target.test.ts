/** Hostile input: where a request says that it goes, and how much it says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, readAlike, refusal } from "./fixture/refusal.ts";
import { dribble, send, serve } from "./fixture/server-fixture.ts";

const get = (fields: string) => `GET / HTTP/1.1\r\n${fields}\r\n\r\n`;
const line = (requestLine: string) => `${requestLine}\r\nHost: a\r\n\r\n`;

describe("http1 server: target and Host", () => {
  const refused: [string, string, string?][] = [
    ["an absolute form of another host", "GET http://a/ HTTP/1.1", "Host: b"],
    ["an absolute form of another port", "GET http://a:81/ HTTP/1.1", "Host: a"],
    ["an absolute form with user info", "GET http://u@a/ HTTP/1.1", "Host: a"],
    ["an absolute form without host", "GET http:/// HTTP/1.1", "Host: a"],
    ["an absolute form of another scheme", "GET ftp://a/ HTTP/1.1", "Host: a"],
    ["an absolute form with a fragment", "GET http://a/#f HTTP/1.1", "Host: a"],
    ["an absolute form with a backslash", "GET http://a\\b/ HTTP/1.1", "Host: a"],
    ["* of GET", "GET * HTTP/1.1"],
    ["the authority form of GET", "GET a:80 HTTP/1.1"],
    ["a target without slash", "GET index HTTP/1.1"],
    ["CONNECT without port", "CONNECT a HTTP/1.1"],
    ["CONNECT with port 0", "CONNECT a:0 HTTP/1.1"],
    ["CONNECT with a large port", "CONNECT a:65536 HTTP/1.1"],
    ["CONNECT to a path", "CONNECT / HTTP/1.1"],
    ["CONNECT to a URL", "CONNECT http://a:80/ HTTP/1.1"],
    ["CONNECT of another host", "CONNECT b:80 HTTP/1.1", "Host: a:80"],
    ["CONNECT with a length", "CONNECT a:80 HTTP/1.1", "Host: a:80\r\nContent-Length: 5"],
    ["CONNECT with chunks", "CONNECT a:80 HTTP/1.1", "Host: a:80\r\nTransfer-Encoding: chunked"],
    ["no Host", "GET / HTTP/1.1", "X: y"],
    ["no Host in an absolute form", "GET http://a/ HTTP/1.1", "X: y"],
    ["two equal Hosts", "GET / HTTP/1.1", "Host: a\r\nHost: a"],
    ["two Hosts", "GET / HTTP/1.1", "Host: a\r\nX: y\r\nhost: b"],
    ["two Hosts in HTTP/1.0", "GET / HTTP/1.0", "Host: a\r\nHost: a"],
    ["Host nominated by Connection", "GET / HTTP/1.1", "Host: a\r\nConnection: host"],
  ];
  for (const [title, requestLine, fields = "Host: a"] of refused)
    test(`400 for ${title}`, () => assertRefused(`${requestLine}\r\n${fields}\r\n\r\n`, 400));

  const hosts = ["", "a,b", "a/path", "a b", "a:99999", "a:65536", "a:", "a:x", "a:80:80", ":80"];
  hosts.push("u@a", "u:p@a", "a?b", "a#b", "a\\b", "http://a", "[::1", "::1", "[::1]x", "[g::1]");
  hosts.push("a%00", "a%2e", "\xe9", "a\xa0", "a\t.b", '"a"', "<a>", "a|b", "a^b", "a`b");
  for (const host of [...hosts, "h".repeat(256)])
    test(`400 for the Host ${JSON.stringify(host.slice(0, 20))}`, () =>
      assertRefused(get(`Host: ${host}`), 400));

  const accepted: [string, string, string][] = [
    ["GET / HTTP/1.1", "a:65535", "GET a:65535 /"],
    ["GET / HTTP/1.1", "[2001:db8::1]:80", "GET [2001:db8::1]:80 /"],
    ["GET / HTTP/1.1", "h".repeat(255), `GET ${"h".repeat(255)} /`],
    ["GET http://A.example.com/x?y HTTP/1.1", "a.example.com:80", "GET A.example.com /x?y"],
    ["GET HTTPS://a HTTP/1.1", "a:443", "GET a /"],
    ["GET http://a?q HTTP/1.1", "a", "GET a /?q"],
    ["OPTIONS * HTTP/1.1", "a", "OPTIONS a *"],
    ["CONNECT a:443 HTTP/1.1", "a", "CONNECT a:443 "],
    ["GET /..;/%2e%2e%2f%00//a\\b HTTP/1.1", "a", "GET a /..;/%2e%2e%2f%00//a\\b"],
  ];
  for (const [requestLine, host, want] of accepted)
    test(`reads ${requestLine.slice(0, 40)} of ${host.slice(0, 20)} as it is`, async () => {
      const { seen } = await readAlike(`${requestLine}\r\nHost: ${host}\r\n\r\n`);
      assert.deepEqual(seen, [want]);
    });
});

describe("http1 server: size and time", () => {
  const fields = (count: number) => `Host: a\r\n${"a: b\r\n".repeat(count - 2)}b: c`;
  const ofBytes = (bytes: number) =>
    get(`Host: a\r\nX: ${"x".repeat(bytes - get("Host: a\r\nX: ").length)}`);

  test("reads 100 fields, 431 for 101 and for a million", async () => {
    const { streams } = await readAlike(get(fields(100)));
    assert.equal(streams[0]?.request.headers.flat.length, 99 * 2);
    await assertRefused(get(fields(101)), 431);
    const flood = serve();
    await send(flood.client, get(fields(1_000_000)));
    assert.equal(flood.sent(), refusal(431));
  });

  test("reads a head of 60 KiB, 431 for a byte more, of whatever it is", async () => {
    const limit = 60 * 1024;
    assert.deepEqual((await readAlike(ofBytes(limit))).seen, ["GET a /"]);
    await assertRefused(ofBytes(limit + 1), 431);
    await assertRefused(get(`Host: a\r\n${"n".repeat(64 * 1024)}: v`), 431);
    const endless = serve();
    await send(endless.client, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(limit)}`);
    assert.deepEqual([endless.sent(), endless.hasClosed()], [refusal(431), true]);
  });

  test("reads a target of 16 KiB, 414 for a byte more and for one that does not end", async () => {
    const limit = 16 * 1024;
    const path = (bytes: number) => `/${"p".repeat(bytes - 1)}`;
    assert.equal((await readAlike(line(`GET ${path(limit)} HTTP/1.1`))).seen[0]?.length, limit + 6);
    await assertRefused(line(`GET ${path(limit + 1)} HTTP/1.1`), 414);
    await assertRefused(line(`GET ${path(limit + 100)} HTTP/1.1`), 414);
    const endless = serve();
    await send(endless.client, `GET ${path(limit + 100)}`);
    assert.deepEqual([endless.sent(), endless.hasClosed()], [refusal(414), true]);
  });

  test("408 counts from a head's first byte, and only while a head is on its way", async () => {
    const { client, clock, sent, hasClosed } = serve({}, () => {});
    clock.advanceMs(60_000);
    await dribble(client, "GET / HTTP/1.1\r\n");
    clock.advanceMs(9_999);
    await dribble(client, "Host: a\r\n\r\n");
    clock.advanceMs(60_000);
    assert.deepEqual([sent(), hasClosed()], ["", false]);
    const slow = serve();
    await send(slow.client, `${get("Host: a")}GET /`);
    slow.clock.advanceMs(9_999);
    await dribble(slow.client, " HTTP/1.1\r\n");
    assert.equal(slow.hasClosed(), false);
    slow.clock.advanceMs(1);
    await send(slow.client, "Host: a\r\n\r\n");
    assert.ok(slow.sent().endsWith(refusal(408)));
    assert.deepEqual([slow.hasClosed(), slow.streams.length], [true, 1]);
  });

  test("an empty line between requests starts no head, so no 408", async () => {
    const { client, clock, sent, seen } = serve();
    await send(client, "\r\n");
    clock.advanceMs(60_000);
    await send(client, get("Host: a"));
    assert.deepEqual([seen, sent().slice(0, 12)], [["GET a /"], "HTTP/1.1 200"]);
  });
});
