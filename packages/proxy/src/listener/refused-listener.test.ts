import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { ConfigError, silentLog } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import { anyRegistry } from "../config/any-registry.ts";
import { createStats } from "../stats/create-stats.ts";
import type { SecretSource } from "../transport/secret-source.ts";
import { createListener } from "./create-listener.ts";
import { createInternalListeners } from "./internal-listeners.ts";

const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const ADDRESS = { socketAddress: { address: "127.0.0.1", portValue: 0 } };

/** A chain whose certificate comes by SDS. */
const secured = (filterChainMatch: JsonObject): JsonObject => ({
  filterChainMatch,
  transportSocket: {
    name: "tls",
    typedConfig: {
      "@type": TLS,
      commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: "default" }] },
    },
  },
});

describe("a refused listener", () => {
  for (const [title, config, field] of [
    ["without filter chains", { filterChains: [] }, "filter_chains"],
    [
      "with two chains of one match",
      { filterChains: [secured({ destinationPort: 1 }), secured({ destinationPort: 1 })] },
      "filter_chains[1].filter_chain_match",
    ],
    [
      "with a broken second chain",
      { filterChains: [secured({}), { filterChainMatch: { serverNames: ["*"] } }] },
      "filter_chains[1].filter_chain_match.server_names",
    ],
    [
      "with a broken default chain",
      { filterChains: [secured({})], defaultFilterChain: { transportSocket: { name: "x" } } },
      "default_filter_chain.transport_socket.typed_config",
    ],
    [
      "with a broken listener filter",
      { defaultFilterChain: secured({}), listenerFilters: [{ name: "x" }] },
      "listener_filters[0]",
    ],
    ["without an address", { address: {}, filterChains: [secured({})] }, "address"],
  ] satisfies [string, JsonObject, string][])
    test(`${title} names ${field}, and follows no secret any more`, () => {
      const { compile, followers } = setUp();
      assert.throws(
        () => compile(config),
        (error) => error instanceof ConfigError && error.field === field,
      );
      assert.equal(followers(), 0);
    });

  test("is not one that has only a default chain", async () => {
    const { compile, followers } = setUp();
    const listener = compile({ defaultFilterChain: secured({}) });
    assert.equal(followers(), 1);
    await listener.close({ deadlineMs: 0 });
    assert.equal(followers(), 0);
  });
});

function setUp() {
  let followerCount = 0;
  const secrets: SecretSource = {
    get: () => undefined,
    onChange: () => {
      followerCount += 1;
      return () => (followerCount -= 1);
    },
  };
  const compile = (json: JsonObject) =>
    createListener(
      fromJson(ListenerSchema, { name: "l", address: ADDRESS, ...json }, { registry: anyRegistry }),
      {
        clock: createFakeClock(),
        secrets,
        stats: createStats(),
        log: silentLog,
        internalListeners: createInternalListeners(),
        buildNetworkFilter: () => () => ({ drain() {}, destroy() {} }),
      },
    );
  return { compile, followers: () => followerCount };
}
