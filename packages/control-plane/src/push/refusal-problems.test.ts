import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { TYPE_URL } from "@weft/api";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import type { Origin } from "../model/resource.ts";
import { originMetadata } from "../translate/origin.ts";
import { refusalProblems } from "./refusal-problems.ts";

const ORIGIN = {
  kind: "Gateway",
  namespace: "default",
  name: "bookinfo-gateway",
  file: "gateway.yaml",
  line: 12,
};

test("a listener that a proxy refused is told at the Gateway that asked for it", () => {
  for (const message of [
    "127.0.0.1_8080: port 8080 is in use by nginx",
    "Error adding/updating listener(s) 127.0.0.1_8080: cannot bind: Address already in use",
  ]) {
    const [problem, ...others] = refuse(message);
    assert.equal(others.length, 0);
    assert.equal(`${problem?.file}:${problem?.line}`, "gateway.yaml:12");
    assert.equal(problem?.message, `istio-ingressgateway-0 cannot use this: ${message}`);
    assert.match(problem?.remedy ?? "", /choose another/);
  }
});

test("a refusal that names nothing we know has no place", () => {
  assert.deepEqual(refuse("the proxy is out of memory"), []);
});

test("the longest name in the message is the one that was meant", () => {
  assert.deepEqual(refuse("127.0.0.1_80801: no"), []);
});

test("a route that a proxy refused is told at the rule that it was made of", () => {
  for (const [message, want] of [
    [
      "http.8080: virtual_hosts[0].routes[1].response_headers_to_add[0]: no such operator",
      "b.yaml:7",
    ],
    ["http.8080: virtual_hosts[0]: two routes are equal", "a.yaml:3"],
    ["http.8080: a regex is too long", "a.yaml:3"],
  ] as const) {
    const [problem, ...others] = refusalProblems({
      podName: "shop-v1-0",
      typeUrl: TYPE_URL.route,
      message,
      sent: new Map([routes("http.8080", [origin("a.yaml", 3), origin("b.yaml", 7)])]),
    });
    assert.equal(`${problem?.file}:${problem?.line}`, want);
    assert.deepEqual(others, []);
  }
});

function routes(name: string, origins: readonly Origin[]) {
  const virtualHost = {
    name: "all",
    domains: ["*"],
    routes: origins.map((each) => ({ metadata: originMetadata(each) })),
  };
  const message = create(RouteConfigurationSchema, { name, virtualHosts: [virtualHost] });
  return [
    name,
    { name, version: "1", bytes: toBinary(RouteConfigurationSchema, message) },
  ] as const;
}

function origin(file: string, line: number): Origin {
  return { kind: "VirtualService", namespace: "default", name: file, file, line };
}

function refuse(message: string) {
  return refusalProblems({
    podName: "istio-ingressgateway-0",
    typeUrl: TYPE_URL.listener,
    message,
    sent: new Map([
      listener("127.0.0.1_8080", [{ metadata: originMetadata(ORIGIN) }]),
      listener("127.0.0.1_80801", []),
    ]),
  });
}

function listener(name: string, filterChains: { metadata: ReturnType<typeof originMetadata> }[]) {
  const bytes = toBinary(ListenerSchema, create(ListenerSchema, { name, filterChains }));
  return [name, { name, version: "1", bytes }] as const;
}
