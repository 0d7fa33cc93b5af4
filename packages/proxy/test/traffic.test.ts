import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask } from "@weft/testing/end-to-end";
import { closedPort, startProxy, startUpstream } from "./fixture/start-proxy.ts";

describe("a proxy with traffic", () => {
  test("answers, logs and counts the same requests", async (t) => {
    const upstreamPort = await startUpstream(t, (request, response) => {
      response.statusCode = request.url === "/up/503" ? 503 : 200;
      response.end("hello");
    });
    const accessLogFormat =
      "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% " +
      "%BYTES_SENT% %UPSTREAM_HOST% %RESPONSE_CODE_DETAILS%\n";
    const fixture = await startProxy(t, { upstreamPort, accessLogFormat });
    const { proxy, port, stat } = fixture;
    const answers = [
      await ask(`http://127.0.0.1:${port}/up`, { method: "POST", body: "four" }),
      await ask(`http://127.0.0.1:${port}/up/503`),
      await ask(`http://127.0.0.1:${port}/none`),
    ];
    assert.deepEqual(
      answers.map(({ status, body }) => `${status} ${body}`),
      ["200 hello", "503 hello", "404 "],
    );
    const http = 'envoy_http_conn_manager_prefix="main"';
    assert.equal(await stat(`envoy_http_downstream_rq_total{${http}}`), 3);
    assert.equal(await stat('envoy_cluster_upstream_rq_total{envoy_cluster_name="upstream"}'), 2);
    await proxy.close({ deadlineMs: 1_000 });
    const host = `127.0.0.1:${upstreamPort}`;
    assert.deepEqual(fixture.accessLog().split("\n"), [
      `POST /up 200 - 4 5 ${host} via_upstream`,
      `GET /up/503 503 - 0 5 ${host} via_upstream`,
      "GET /none 404 NR 0 0 - route_not_found",
      "",
    ]);
  });

  test("says in answer and log why an upstream cannot be reached", async (t) => {
    const accessLogFormat =
      "%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON%\n";
    const fixture = await startProxy(t, { upstreamPort: await closedPort(t), accessLogFormat });
    const { status, body } = await ask(`http://127.0.0.1:${fixture.port}/up`);
    assert.equal(status, 503);
    assert.match(body, /^upstream connect error or disconnect\/reset before headers/);
    await fixture.proxy.close({ deadlineMs: 1_000 });
    assert.match(fixture.accessLog(), /^503 UF \S+\n$/);
  });
});
