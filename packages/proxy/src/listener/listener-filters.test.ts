import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { ConfigError } from "@weft/core";
import { anyRegistry } from "../config/any-registry.ts";
import { parseFilterChainMatch } from "./filter-chain-match.ts";
import { compileListenerFilters } from "./listener-filters.ts";

const FILTERS = "type.googleapis.com/envoy.extensions.filters.listener";
const TLS = `${FILTERS}.tls_inspector.v3.TlsInspector`;
const HTTP = `${FILTERS}.http_inspector.v3.HttpInspector`;
const ORIGINAL_DST = `${FILTERS}.original_dst.v3.OriginalDst`;

const filter = (type: string, filterDisabled?: JsonObject): JsonObject => ({
  name: "x",
  typedConfig: { "@type": type },
  ...(filterDisabled && { filterDisabled }),
});

/** What looks at a connection to `port`. */
function sniffsOn(port: number, listener: JsonObject, ...matches: JsonObject[]) {
  const filterChains = matches.map((filterChainMatch) => ({ filterChainMatch }));
  const json = { ...listener, filterChains };
  const message = fromJson(ListenerSchema, json, { registry: anyRegistry });
  const chains = message.filterChains.map((chain) => ({
    criteria: parseFilterChainMatch(chain.filterChainMatch, "match"),
  }));
  return compileListenerFilters(message, chains)(port);
}

const seesTls = (...args: Parameters<typeof sniffsOn>) => sniffsOn(...args).hasTlsInspector;

describe("listener filters", () => {
  test("without any nothing is looked at, and the limit is 15 s", () => {
    assert.deepEqual(sniffsOn(80, {}), {
      hasTlsInspector: false,
      hasHttpInspector: false,
      timeoutMs: 15_000,
      continueOnTimeout: false,
    });
  });

  test("limits are the listener's", () => {
    const limits = { listenerFiltersTimeout: "0.5s", continueOnListenerFiltersTimeout: true };
    const { timeoutMs, continueOnTimeout } = sniffsOn(80, limits);
    assert.deepEqual([timeoutMs, continueOnTimeout], [500, true]);
  });

  test("inspectors look, original_dst need not", () => {
    const config = { listenerFilters: [filter(ORIGINAL_DST), filter(HTTP)] };
    const { hasTlsInspector, hasHttpInspector } = sniffsOn(80, config);
    assert.deepEqual([hasTlsInspector, hasHttpInspector], [false, true]);
  });

  for (const [title, match, want] of [
    ["TLS", { transportProtocol: "tls" }, true],
    ["a server name", { serverNames: ["a.example.com"] }, true],
    ["an application protocol", { applicationProtocols: ["h2"] }, true],
    ["plain text, whose server may speak first", { transportProtocol: "raw_buffer" }, false],
    ["a port", { destinationPort: 80 }, false],
  ] satisfies [string, JsonObject, boolean][])
    test(`a chain for ${title} implies ${want ? "the" : "no"} TLS inspector`, () => {
      assert.equal(seesTls(80, {}, match), want);
    });

  for (const [title, rule, on, off] of [
    ["a port's range", { destinationPortRange: { start: 3306, end: 3307 } }, 3307, 3306],
    ["not a range", { notMatch: { destinationPortRange: { start: 80, end: 81 } } }, 80, 81],
    [
      "one of two ranges",
      {
        orMatch: {
          rules: [
            { destinationPortRange: { start: 1, end: 2 } },
            { destinationPortRange: { start: 5, end: 6 } },
          ],
        },
      },
      2,
      5,
    ],
    [
      "both of two ranges",
      {
        andMatch: {
          rules: [
            { destinationPortRange: { start: 1, end: 5 } },
            { destinationPortRange: { start: 4, end: 9 } },
          ],
        },
      },
      3,
      4,
    ],
  ] satisfies [string, JsonObject, number, number][])
    test(`an inspector that is off for ${title} is off there, whatever chains ask for`, () => {
      const config = { listenerFilters: [filter(TLS, rule)] };
      assert.equal(seesTls(on, config, { transportProtocol: "tls" }), true);
      assert.equal(seesTls(off, config, { transportProtocol: "tls" }), false);
    });

  for (const [title, listener, field] of [
    [
      "an unknown filter",
      { listenerFilters: [filter(unknown())] },
      "listener_filters[0].typed_config",
    ],
    ["a filter without configuration", { listenerFilters: [{ name: "x" }] }, "listener_filters[0]"],
  ] satisfies [string, JsonObject, string][])
    test(`${title} is refused at ${field}`, () => {
      assert.throws(
        () => sniffsOn(80, listener),
        (error) => error instanceof ConfigError && error.field === field,
      );
    });
});

function unknown(): string {
  return "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
}
