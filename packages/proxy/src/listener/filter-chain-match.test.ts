import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { FilterChainMatchSchema } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { ConfigError } from "@weft/core";
import {
  type ConnectionFacts,
  matchFilterChain,
  parseFilterChainMatch,
} from "./filter-chain-match.ts";

const parse = (json: JsonObject) =>
  parseFilterChainMatch(fromJson(FilterChainMatchSchema, json), "match");

/** Name of the chain that takes the connection. */
function pick(
  chains: Readonly<Record<string, JsonObject>>,
  facts: Partial<ConnectionFacts> = {},
): string | undefined {
  const compiled = Object.entries(chains).map(([name, json]) => ({ name, criteria: parse(json) }));
  return matchFilterChain(compiled, { ...CONNECTION, ...facts })?.name;
}

const CONNECTION: ConnectionFacts = {
  localAddress: "192.0.2.10",
  localPort: 443,
  remoteAddress: "198.51.100.7",
  remotePort: 50_000,
  transportProtocol: "tls",
  serverName: "a.b.example.com",
  applicationProtocols: ["h2", "http/1.1"],
};

const range = (addressPrefix: string, prefixLen: number) => ({ addressPrefix, prefixLen });
const destination = (addressPrefix: string, prefixLen: number) => ({
  prefixRanges: [range(addressPrefix, prefixLen)],
});
const source = (addressPrefix: string, prefixLen: number) => ({
  sourcePrefixRanges: [range(addressPrefix, prefixLen)],
});
const direct = (addressPrefix: string, prefixLen: number) => ({
  directSourcePrefixRanges: [range(addressPrefix, prefixLen)],
});

/** Each criterion, most important first: one match that fits the connection, one that does not. */
const STEPS: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["destination port", { destinationPort: 443 }, { destinationPort: 444 }],
  ["destination address", destination("192.0.2.0", 24), destination("192.0.3.0", 24)],
  ["server name", { serverNames: ["a.b.example.com"] }, { serverNames: ["b.example.com"] }],
  ["transport protocol", { transportProtocol: "tls" }, { transportProtocol: "raw_buffer" }],
  ["application protocol", { applicationProtocols: ["h2"] }, { applicationProtocols: ["h3"] }],
  ["direct source", direct("198.51.100.0", 24), direct("198.51.101.0", 24)],
  ["source type", { sourceType: "EXTERNAL" }, { sourceType: "SAME_IP_OR_LOOPBACK" }],
  ["source address", source("198.51.100.0", 24), source("198.51.101.0", 24)],
  ["source port", { sourcePorts: [50_000] }, { sourcePorts: [50_001] }],
];

describe("filter chain match", () => {
  for (const [title, fits, misses] of STEPS) {
    test(`${title}: what fits beats what asks for nothing, what misses cannot win`, () => {
      assert.equal(pick({ any: {}, fits }), "fits");
      assert.equal(pick({ misses, any: {} }), "any");
      assert.equal(pick({ misses }), undefined);
    });
  }

  for (const [index, [title, fits]] of STEPS.entries()) {
    const later = Object.assign({}, ...STEPS.slice(index + 1).map(([, match]) => match));
    if (index === STEPS.length - 1) continue;
    test(`${title} outweighs everything after it`, () => {
      assert.equal(pick({ later, fits }), "fits");
    });
  }

  test("there is no way back from a step that was won", () => {
    const chains = {
      port: { destinationPort: 443, serverNames: ["other.example.com"] },
      name: { serverNames: ["a.b.example.com"] },
    };
    assert.equal(pick(chains), undefined);
  });

  for (const [serverName, want] of [
    ["a.b.example.com", "exact"],
    ["x.b.example.com", "long"],
    ["x.y.b.example.com", "long"],
    ["b.example.com", "short"],
    ["example.com", "none"],
    ["badexample.com", "none"],
    ["", "none"],
  ] as const)
    test(`the server name "${serverName}" is for chain ${want}`, () => {
      const chains = {
        none: {},
        short: { serverNames: ["*.example.com"] },
        long: { serverNames: ["*.b.example.com"] },
        exact: { serverNames: ["A.b.example.com"] },
      };
      assert.equal(pick(chains, { serverName }), want);
    });

  for (const [localAddress, want] of [
    ["192.0.2.10", "host"],
    ["192.0.2.11", "net"],
    ["192.0.3.1", "all"],
    ["2001:db8::1", "six"],
    ["2001:db9::1", "none"],
    ["::ffff:192.0.2.10", "host"],
  ] as const)
    test(`of the ranges that hold ${localAddress} the longest takes it`, () => {
      const chains = {
        none: {},
        all: destination("0.0.0.0", 0),
        net: destination("192.0.2.0", 24),
        host: destination("192.0.2.10", 32),
        six: destination("2001:db8::", 32),
      };
      assert.equal(pick(chains, { localAddress }), want);
    });

  test("of application protocols the client's first choice counts", () => {
    const chains = {
      one: { applicationProtocols: ["http/1.1"] },
      two: { applicationProtocols: ["h2"] },
    };
    assert.equal(pick(chains), "two");
    assert.equal(pick(chains, { applicationProtocols: ["http/1.1", "h2"] }), "one");
    assert.equal(pick(chains, { applicationProtocols: ["istio"] }), undefined);
  });

  for (const [remoteAddress, want] of [
    ["127.0.0.1", "local"],
    ["127.1.2.3", "local"],
    ["::1", "local"],
    ["192.0.2.10", "local"],
    ["192.0.2.11", "external"],
  ] as const)
    test(`${remoteAddress} is ${want} to 192.0.2.10`, () => {
      const chains = {
        local: { sourceType: "SAME_IP_OR_LOOPBACK" },
        external: { sourceType: "EXTERNAL" },
      };
      assert.equal(pick(chains, { remoteAddress }), want);
    });

  test("without chains nothing takes a connection", () => {
    assert.equal(pick({}), undefined);
  });

  for (const [title, match, field] of [
    ["a star alone", { serverNames: ["*"] }, "match.server_names"],
    ["a star inside a label", { serverNames: ["a*.example.com"] }, "match.server_names"],
    ["two stars", { serverNames: ["*.*.example.com"] }, "match.server_names"],
    ["an address that is none", destination("example.com", 8), "match.prefix_ranges"],
    ["too long a prefix", source("192.0.2.0", 33), "match.source_prefix_ranges"],
    ["an address suffix", { addressSuffix: "x" }, "match.address_suffix"],
  ] satisfies [string, JsonObject, string][])
    test(`${title} is refused at ${field}`, () => {
      assert.throws(
        () => parse(match),
        (error) => error instanceof ConfigError && error.field === field,
      );
    });
});
