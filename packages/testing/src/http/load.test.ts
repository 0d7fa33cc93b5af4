import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { load } from "./load.ts";

describe("load", () => {
  test("counts answers by status and by label", async (context) => {
    const report = await load(await serveAlternately(context), {
      count: 40,
      concurrency: 4,
      label: ({ body }) => body,
    });
    assert.deepEqual(report.statuses, { 200: 20, 503: 20 });
    assert.deepEqual(report.labels, { good: 20, bad: 20 });
    assert.equal(report.failedCount, 20);
  });

  test("keeps the pace that it is given", async (context) => {
    const url = await serveAlternately(context);
    const { sentCount } = await load(url, { ratePerSecond: 100, durationMs: 300 });
    assert(sentCount >= 25 && sentCount <= 31, `sent ${sentCount}`);
  });

  test("counts what was not answered at all", async () => {
    const report = await load("http://127.0.0.1:1/", { count: 3 });
    assert.equal(report.brokenCount, 3);
    assert.match(report.complaints[0] ?? "", /ECONNREFUSED/);
  });

  test("refuses a target that is not on loopback", async () => {
    await assert.rejects(load("http://192.0.2.1/", { count: 1 }), /not on loopback/);
  });
});

async function serveAlternately(context: TestContext): Promise<string> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    const isGood = asked % 2 === 0;
    response.writeHead(isGood ? 200 : 503).end(isGood ? "good" : "bad");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
