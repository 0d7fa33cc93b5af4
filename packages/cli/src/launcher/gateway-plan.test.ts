import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifests } from "../manifest/parse-manifests.ts";
import { planGateway } from "./gateway-plan.ts";

function gateway(name: string, port: number, selector = "istio: ingressgateway"): string {
  return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name} }
spec:
  selector: { ${selector} }
  servers: [{ port: { number: ${port}, name: http, protocol: HTTP } }]
`;
}

const ROUTE = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  gateways: [door]
  http:
    - match: [{ uri: { exact: / } }, { uri: { exact: /shop } }]
`;

function plan(text: string, ports: readonly (readonly [number, number])[] = []) {
  return planGateway(parseManifests(text, "a.yaml") ?? [], new Map(ports));
}

test("gateway plan: a port below 1024 moves up by 8000, others stay, the user's choice wins", () => {
  assert.deepEqual(
    plan(gateway("door", 80)).map(({ port }) => port),
    [8080],
  );
  assert.deepEqual(
    plan(gateway("door", 8080)).map(({ port }) => port),
    [8080],
  );
  assert.deepEqual(
    plan(gateway("door", 8080), [[8080, 18080]]).map(({ port }) => port),
    [18080],
  );
});

test("gateway plan: the address to open is the first page that is matched exactly", () => {
  const [door] = plan(`${gateway("door", 8080)}---${ROUTE}`);
  assert.equal(door?.url, "http://127.0.0.1:8080/shop");
  assert.ok(door?.isPage);
  assert.ok(!plan(gateway("door", 8080))[0]?.isPage);
});

test("gateway plan: Gateways of other gateways open nothing", () => {
  assert.deepEqual(plan(gateway("door", 8080, "istio: egressgateway")), []);
});

test("gateway plan: two Gateways share a port", () => {
  assert.equal(plan(`${gateway("a", 8080)}---${gateway("b", 8080)}`).length, 1);
});
