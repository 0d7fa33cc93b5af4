import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DownstreamConnection } from "../../listener/downstream-connection.ts";
import { fakeConnection, fakeRequest } from "../fixture/fake-downstream.ts";
import { applyForwarded, type ForwardedRules } from "./forwarded.ts";

const MESH: ForwardedRules = {
  useRemoteAddress: false,
  xffNumTrustedHops: 0,
  skipXffAppend: false,
  appendXForwardedPort: false,
};
const EDGE: ForwardedRules = { ...MESH, useRemoteAddress: true };

const TLS: DownstreamConnection["tls"] = {
  version: "TLSv1.3",
  sni: "",
  alpn: "",
  peerUriSans: [],
  localUriSans: [],
  peerCertificateSha256: "",
  peerSubject: "",
};

/** The socket's peer is 192.0.2.1, its own port 8080. */
function forward(
  headers: Record<string, string>,
  rules: ForwardedRules,
  connection: Partial<DownstreamConnection> = {},
) {
  const request = fakeRequest({ headers });
  const address = applyForwarded(request, fakeConnection(connection), rules);
  return { address, request, get: (name: string) => request.headers.joined(name) };
}

describe("the client's address", () => {
  const given = { "x-forwarded-for": "198.51.100.1, 198.51.100.2,198.51.100.3" };
  for (const [title, headers, rules, want] of [
    ["the socket's at the edge, whatever it claims", given, EDGE, "192.0.2.1"],
    [
      "the last claim behind one trusted hop",
      given,
      { ...EDGE, xffNumTrustedHops: 1 },
      "198.51.100.3",
    ],
    ["the one before it behind two", given, { ...EDGE, xffNumTrustedHops: 2 }, "198.51.100.2"],
    [
      "the socket's behind more hops than claims",
      given,
      { ...EDGE, xffNumTrustedHops: 4 },
      "192.0.2.1",
    ],
    ["the last claim within the mesh", given, MESH, "198.51.100.3"],
    [
      "the one before it within the mesh, behind one hop",
      given,
      { ...MESH, xffNumTrustedHops: 1 },
      "198.51.100.2",
    ],
    ["the socket's within the mesh, without a claim", {}, MESH, "192.0.2.1"],
    ["the socket's for an empty claim", { "x-forwarded-for": "" }, MESH, "192.0.2.1"],
    ["the socket's for a name", { "x-forwarded-for": "unknown" }, MESH, "192.0.2.1"],
    [
      "the socket's for an address with a port",
      { "x-forwarded-for": "198.51.100.1:80" },
      MESH,
      "192.0.2.1",
    ],
    ["an IPv6 address", { "x-forwarded-for": "2001:db8::1" }, MESH, "2001:db8::1"],
  ] as const) {
    test(`is ${title}`, () => assert.equal(forward(headers, rules).address, want));
  }

  test("is told to the services behind the edge, where nobody else may tell it", () => {
    const headers = { "x-envoy-external-address": "198.51.100.66" };
    assert.equal(forward(headers, EDGE).get("x-envoy-external-address"), "192.0.2.1");
    assert.equal(forward(headers, MESH).get("x-envoy-external-address"), "198.51.100.66");
    assert.equal(forward({}, MESH).get("x-envoy-external-address"), undefined);
  });
});

describe("x-forwarded-for", () => {
  for (const [title, headers, rules, want] of [
    ["starts with the socket's peer at the edge", {}, EDGE, "192.0.2.1"],
    [
      "is extended at the edge",
      { "x-forwarded-for": "198.51.100.1" },
      EDGE,
      "198.51.100.1,192.0.2.1",
    ],
    ["replaces an empty one", { "x-forwarded-for": "" }, EDGE, "192.0.2.1"],
    [
      "is left alone where told so",
      { "x-forwarded-for": "198.51.100.1" },
      { ...EDGE, skipXffAppend: true },
      "198.51.100.1",
    ],
    ["is left alone within the mesh", { "x-forwarded-for": "198.51.100.1" }, MESH, "198.51.100.1"],
    ["is not begun within the mesh", {}, MESH, undefined],
  ] as const) {
    test(title, () => assert.equal(forward(headers, rules).get("x-forwarded-for"), want));
  }
});

describe("x-forwarded-proto", () => {
  for (const [title, headers, rules, tls, proto, scheme] of [
    [
      "is the socket's at the edge",
      { "x-forwarded-proto": "https" },
      EDGE,
      undefined,
      "http",
      "http",
    ],
    ["is https over TLS", {}, EDGE, TLS, "https", "https"],
    [
      "is believed behind a trusted hop",
      { "x-forwarded-proto": "https" },
      { ...EDGE, xffNumTrustedHops: 1 },
      undefined,
      "https",
      "https",
    ],
    [
      "is set behind a trusted hop that is silent",
      {},
      { ...EDGE, xffNumTrustedHops: 1 },
      undefined,
      "http",
      "http",
    ],
    [
      "is believed within the mesh",
      { "x-forwarded-proto": "https" },
      MESH,
      undefined,
      "https",
      "https",
    ],
    ["is set within the mesh", {}, MESH, TLS, "https", "https"],
    [
      "of another kind does not make a scheme",
      { "x-forwarded-proto": "ftp" },
      MESH,
      undefined,
      "ftp",
      "http",
    ],
    [
      "with several values does not make a scheme",
      { "x-forwarded-proto": "https,http" },
      MESH,
      undefined,
      "https,http",
      "http",
    ],
  ] as const) {
    test(title, () => {
      const { request, get } = forward(headers, rules, { tls });
      assert.deepEqual([get("x-forwarded-proto"), request.scheme], [proto, scheme]);
    });
  }
});

describe("x-forwarded-port", () => {
  const claim = { "x-forwarded-port": "443" };
  for (const [title, headers, rules, want] of [
    ["is not set unasked", {}, EDGE, undefined],
    [
      "is the listener's at the edge, whatever was claimed",
      claim,
      { ...EDGE, appendXForwardedPort: true },
      "8080",
    ],
    [
      "is believed behind a trusted hop",
      claim,
      { ...EDGE, appendXForwardedPort: true, xffNumTrustedHops: 1 },
      "443",
    ],
    ["is believed within the mesh", claim, { ...MESH, appendXForwardedPort: true }, "443"],
    ["is set where it is missing", {}, { ...MESH, appendXForwardedPort: true }, "8080"],
  ] as const) {
    test(title, () => assert.equal(forward(headers, rules).get("x-forwarded-port"), want));
  }
});

describe("what only the mesh may say", () => {
  for (const name of [
    "x-envoy-internal",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-max-retries",
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-force-trace",
    "x-envoy-ip-tags",
    "x-envoy-original-path",
    "x-envoy-hedge-on-per-try-timeout",
  ]) {
    test(`${name} is taken out at the edge, and passes within the mesh`, () => {
      assert.equal(forward({ [name]: "1" }, EDGE).get(name), undefined);
      assert.equal(forward({ [name]: "1" }, MESH).get(name), "1");
    });
  }

  test("is told from what looks like it", () => {
    const headers = { "x-envoy-mine": "1", "x-retry-on": "1" };
    const { get } = forward(headers, EDGE);
    assert.deepEqual([get("x-envoy-mine"), get("x-retry-on")], ["1", "1"]);
  });
});
