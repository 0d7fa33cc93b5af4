import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFile } from "./parse-file.ts";

/** Every group and version that Istio serves for the kinds that Weft reads, with the least that is valid. */
const SERVED = [
  ...["v1", "v1beta1", "v1alpha3"].flatMap((version) =>
    Object.entries({
      VirtualService: {
        hosts: ["reviews"],
        http: [{ route: [{ destination: { host: "reviews" } }] }],
      },
      DestinationRule: { host: "reviews" },
      Gateway: {
        selector: { istio: "ingressgateway" },
        servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
      },
      ServiceEntry: {
        hosts: ["example.com"],
        resolution: "DNS",
        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
      },
    }).map(([kind, spec]) => ({ apiVersion: `networking.istio.io/${version}`, kind, spec })),
  ),
  ...["v1", "v1beta1"].map((version) => ({
    apiVersion: `security.istio.io/${version}`,
    kind: "PeerAuthentication",
    spec: { mtls: { mode: "STRICT" } },
  })),
];

for (const { apiVersion, kind, spec } of SERVED) {
  test(`${apiVersion} ${kind} is read, and an unknown field in it is an error`, () => {
    const metadata = { name: "a", namespace: "default" };
    const [good] = read({ apiVersion, kind, metadata, spec });
    assert.deepEqual(good?.problems, []);
    assert(good?.content !== undefined);
    const [bad] = read({ apiVersion, kind, metadata, spec: { ...spec, unheard: 1 } });
    assert.equal(bad?.isBroken, true);
    const [problem] = bad?.problems ?? [];
    assert.equal(problem?.severity, "error");
    assert.equal(problem?.field, "spec.unheard");
    assert.equal(problem?.line, 1);
    assert.notEqual(problem?.column, 0);
  });
}

test("a version that Istio does not serve is not taken for one that it does", () => {
  const metadata = { name: "a", namespace: "default" };
  const [parsed] = read({
    apiVersion: "networking.istio.io/v2",
    kind: "DestinationRule",
    metadata,
    spec: { host: "reviews" },
  });
  assert.equal(parsed?.content, undefined);
  assert.notEqual(parsed?.problems.length, 0);
});

function read(document: object) {
  return parseFile("a.yaml", JSON.stringify(document)).resources;
}
