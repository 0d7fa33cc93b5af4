import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createHttpFixture,
  type HttpFixture,
  inlineRoutes,
  routeToA,
} from "./fixture/http-fixture.ts";

const PREFIX = { envoy_http_conn_manager_prefix: "test" };

function counted(mesh: HttpFixture) {
  const ofClass = (digit: string) =>
    mesh.stats.counter("envoy_http_downstream_rq_xx", {
      envoy_response_code_class: digit,
      ...PREFIX,
    }).value;
  return {
    requests: mesh.stats.counter("envoy_http_downstream_rq_total", PREFIX).value,
    active: mesh.stats.gauge("envoy_http_downstream_rq_active", PREFIX).value,
    classes: ["2", "4", "5"].map(ofClass),
  };
}

describe("a connection manager counts", () => {
  test("requests when they begin, and classes of answers when they end", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    mesh.send({});
    assert.deepEqual(counted(mesh), { requests: 1, active: 1, classes: [0, 0, 0] });
    mesh.cluster("a").last.respond(201);
    mesh.send({});
    mesh.cluster("a").last.respond(599);
    mesh.send({ path: "/a#b" });
    assert.deepEqual(counted(mesh), { requests: 3, active: 0, classes: [1, 1, 1] });
  });

  test("no class for who left without an answer", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    mesh.send({}).receiver?.onReset("connection-closed");
    assert.deepEqual(counted(mesh), { requests: 1, active: 0, classes: [0, 0, 0] });
  });

  test("its connections", () => {
    const mesh = createHttpFixture(inlineRoutes(routeToA()));
    assert.equal(mesh.stats.counter("envoy_http_downstream_cx_total", PREFIX).value, 1);
    assert.equal(mesh.stats.gauge("envoy_http_downstream_cx_active", PREFIX).value, 1);
  });
});
