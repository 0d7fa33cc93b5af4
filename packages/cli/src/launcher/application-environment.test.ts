import assert from "node:assert/strict";
import { test } from "node:test";
import { buildApplicationEnvironment } from "./application-environment.ts";

const given = {
  inherited: { PATH: "/usr/bin", HTTP_PROXY: "http://192.0.2.1", WEFT_JOIN_TOKEN: "x", LANG: "C" },
  node: "/opt/node/bin/node",
  pod: {
    name: "shop-0",
    namespace: "default",
    labels: {},
    annotations: {},
    serviceAccount: "shop",
    workload: "shop",
    containers: [],
  },
  place: {
    address: "127.7.0.10",
    adminPort: 15000,
    outboundPort: 15001,
    healthPort: 15021,
    prometheusPort: 15090,
    bindPorts: new Map(),
  },
  company: "sidecar" as const,
  ports: new Map([
    [9080, 41234],
    [9081, 41235],
  ]),
  own: { SERVICE_VERSION: "v1" },
};

test("application environment: tells where to listen and where the sidecar is", () => {
  const environment = buildApplicationEnvironment(given);
  assert.equal(environment.HOST, "127.0.0.1");
  assert.equal(environment.PORT, "41234");
  assert.equal(environment.PORT_9081, "41235");
  for (const name of ["HTTP_PROXY", "http_proxy", "grpc_proxy"]) {
    assert.equal(environment[name], "http://127.7.0.10:15001");
  }
  assert.equal(environment.NO_PROXY, "127.0.0.1,localhost");
  assert.equal(environment.NODE_USE_ENV_PROXY, "1");
  assert.equal(environment.HOSTNAME, "shop-0");
  assert.equal(environment.SERVICE_VERSION, "v1");
  assert.equal(environment.LANG, "C");
});

test("application environment: without a sidecar it listens at the pod's address", () => {
  const environment = buildApplicationEnvironment({ ...given, company: "alone" });
  assert.equal(environment.HOST, "127.7.0.10");
  assert.equal(environment.NODE_USE_ENV_PROXY, undefined);
});

test("application environment: our own variables are not passed on, our own Node comes first", () => {
  const environment = buildApplicationEnvironment(given);
  assert.equal(environment.WEFT_JOIN_TOKEN, undefined);
  assert.equal(environment.PATH, "/opt/node/bin:/usr/bin");
});
