import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeaderMap } from "../../http/header-map.ts";
import { assertCounted, only, setUpStats } from "./fixture/stats-fixture.ts";

const GRPC = { "content-type": "application/grpc" };

describe("gRPC", () => {
  test("is counted by the status in the trailers, and its messages each way", () => {
    const mesh = setUpStats();
    const client = mesh.send({ headers: GRPC, endStream: false });
    const empty = Buffer.alloc(5);
    client.receiver?.onData(Buffer.concat([empty, empty]), true);
    const { opener } = mesh.cluster("a").last;
    opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    opener.onData(empty, false);
    opener.onTrailers(new HeaderMap(["grpc-status", "5"]));
    assertCounted(mesh, {
      request_protocol: "grpc",
      response_code: "200",
      grpc_response_status: "5",
    });
    assert.equal(only(mesh, "istio_request_messages_total").value, "2");
    assert.equal(only(mesh, "istio_response_messages_total").value, "1");
  });

  test("is counted by the status of an answer that is only trailers", () => {
    const mesh = setUpStats();
    mesh.cluster("a").failures = [{ kind: "no-healthy-host", flag: "UH" }];
    mesh.send({ headers: GRPC });
    assertCounted(mesh, { response_code: "200", grpc_response_status: "14", response_flags: "UH" });
  });

  test("is not what has no such content type: no status, no messages", () => {
    const mesh = setUpStats();
    const client = mesh.send({
      headers: { "content-type": "application/grpc-web" },
      endStream: false,
    });
    client.receiver?.onData(Buffer.alloc(5), true);
    mesh.cluster("a").last.respond(200, { "grpc-status": "5" });
    assertCounted(mesh, { request_protocol: "http", grpc_response_status: "" });
    assert.equal(
      mesh.stats.renderPrometheus((name) => name === "istio_request_messages_total"),
      "",
    );
  });
});

describe("the companions of istio_requests_total", () => {
  test("have its labels, and sum milliseconds and bytes", () => {
    const mesh = setUpStats();
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.alloc(30), true);
    mesh.clock.advanceMs(12);
    mesh.cluster("a").last.respond(200, {}, "four");
    const { value: _count, ...labels } = only(mesh, "istio_requests_total");
    for (const [name, sum] of [
      ["istio_request_duration_milliseconds", "12"],
      ["istio_request_bytes", "30"],
      ["istio_response_bytes", "4"],
    ] as const) {
      const text = mesh.stats.renderPrometheus((family) => family === name);
      const line = text.split("\n").find((each) => each.startsWith(`${name}_sum{`)) ?? "";
      assert(line.endsWith(` ${sum}`), line);
      for (const [label, value] of Object.entries(labels))
        assert(line.includes(`${label}="${value}"`), label);
    }
  });
});

describe("strangers who make up label values", () => {
  test("share one set from the ten-thousandth on", () => {
    const mesh = setUpStats({ route: { match: { path: "/known" }, route: { cluster: "a" } } });
    for (let count = 0; count < 10_050; count += 1)
      mesh.send({ authority: `h${count}.example.com` });
    const lines = mesh.stats
      .renderPrometheus((name) => name === "istio_requests_total")
      .split("\n")
      .filter((line) => line.startsWith("istio_requests_total{"));
    assert.equal(lines.length, 10_001);
    const shared = lines.find((line) => line.includes('destination_service="unknown"'));
    assert.match(shared ?? "", / 50$/);
  });
});
