import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { type AdminPage, createAdminServer } from "./admin-server.ts";

const pages: readonly AdminPage[] = [
  { path: "/page", method: "GET", summary: "a page", render: (query) => ({ body: `${query}\n` }) },
  { path: "/act", method: "POST", summary: "an act", render: () => ({ body: "OK\n" }) },
  {
    path: "/broken",
    method: "GET",
    summary: "a bug",
    render: () => {
      throw new Error("it broke");
    },
  },
];
const server = createAdminServer(pages);

describe("admin server", () => {
  before(() => server.listen({ host: "127.0.0.1", port: 0 }));
  after(() => server.close());

  for (const [method, path, status, body] of [
    ["GET", "/page?a=1", 200, "a=1\n"],
    ["HEAD", "/page?a=1", 200, ""],
    ["POST", "/page", 405, "Method Not Allowed: use GET\n"],
    ["POST", "/act", 200, "OK\n"],
    ["GET", "/act", 405, "Method Not Allowed: use POST\n"],
    ["HEAD", "/act", 405, ""],
    ["GET", "/none", 404, "no such page; the list of all is at /\n"],
    ["GET", "/page/", 404, "no such page; the list of all is at /\n"],
    ["GET", "/constructor", 404, "no such page; the list of all is at /\n"],
    ["GET", "/", 200, "GET /broken: a bug\nGET /page: a page\nPOST /act: an act\n"],
    ["GET", "/broken", 500, "it broke\n"],
    ["GET", "//", 404, "no such page; the list of all is at /\n"],
    ["GET", "//[", 404, "no such page; the list of all is at /\n"],
    ["OPTIONS", "*", 400, "not a path\n"],
    ["GET", "http://[/", 400, "not a path\n"],
  ] as const)
    test(`${method} ${path} is answered ${status}`, async () => {
      const answer = await ask(method, path);
      assert.deepEqual([answer.statusCode, await text(answer)], [status, body]);
    });

  test("no page may be kept, or taken for another type", async () => {
    const { headers } = await ask("GET", "/page");
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    assert.equal(headers["cache-control"], "no-cache, max-age=0");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["access-control-allow-origin"], undefined);
  });

  const own = () => `127.0.0.1:${server.port}`;
  for (const [title, headers, status] of [
    ["a tool, which sends no Origin,", {}, 200],
    ["a page of the interface itself", () => ({ origin: `http://${own()}` }), 200],
    ["another site's page", { origin: "https://evil.example.com" }, 403],
    ["a page of another port", { origin: "http://127.0.0.1:1" }, 403],
    ["a page without a site", { origin: "null" }, 403],
    ["a site that points its own name here", rebound(), 403],
    ["a page that the browser calls cross-site", { "sec-fetch-site": "cross-site" }, 403],
  ] as const)
    test(`${title} is answered ${status}`, async () => {
      const answer = await ask("POST", "/act", typeof headers === "function" ? headers() : headers);
      assert.equal(answer.statusCode, status);
    });

  test("bytes that are no HTTP end their own connection only", async () => {
    const socket = connect({ host: "127.0.0.1", port: server.port });
    socket.resume().end("\x16\x03\x01 not http\r\n\r\n");
    await once(socket, "close");
    assert.equal((await ask("GET", "/page")).statusCode, 200);
  });

  test("an address that is taken is an error, and closing twice is none", async () => {
    const second = createAdminServer([]);
    await assert.rejects(second.listen({ host: "127.0.0.1", port: server.port }), /EADDRINUSE/);
    await second.close();
    await second.close();
    assert.equal(second.port, 0);
  });
});

/** DNS rebinding: Host and Origin agree, but on a name. */
function rebound() {
  return { origin: "http://evil.example.com", host: "evil.example.com" } as const;
}

async function ask(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  const { port } = server;
  const asking = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
  asking.end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  answer.on("end", () => asking.destroy());
  return answer;
}
