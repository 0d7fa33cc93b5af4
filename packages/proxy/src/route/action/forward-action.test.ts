import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { routeTable } from "../../http/fixture/http-fixture.ts";
import { decide, forwardAction } from "../fixture/route-fixture.ts";

describe("forward action", () => {
  test("has Envoy's defaults", () => {
    const action = forwardAction({});
    assert.equal(action.timeoutMs, 15_000);
    assert.equal(action.idleTimeoutMs, undefined);
    assert.equal(action.maxStreamDurationMs, undefined);
    assert.equal(action.grpcTimeoutMaxMs, undefined);
    assert.equal(action.clusterNotFoundStatus, 503);
    assert.equal(action.retry, undefined);
    assert.deepEqual(action.mirrors, []);
  });

  for (const [title, route, want] of [
    ["a timeout", { timeout: "1.5s" }, { timeoutMs: 1500 }],
    ["a timeout of 0 is none", { timeout: "0s" }, { timeoutMs: 0 }],
    ["an idle timeout", { idleTimeout: "2s" }, { idleTimeoutMs: 2000 }],
    ["an idle timeout of 0 differs from none", { idleTimeout: "0s" }, { idleTimeoutMs: 0 }],
    [
      "a stream's longest life",
      { maxStreamDuration: { maxStreamDuration: "3s" } },
      { maxStreamDurationMs: 3000 },
    ],
    [
      "the largest grpc-timeout",
      { maxStreamDuration: { grpcTimeoutHeaderMax: "0s" } },
      { grpcTimeoutMaxMs: 0 },
    ],
    ["the largest grpc-timeout, as it was", { maxGrpcTimeout: "4s" }, { grpcTimeoutMaxMs: 4000 }],
    [
      "404 for an unknown cluster",
      { clusterNotFoundResponseCode: "NOT_FOUND" },
      { clusterNotFoundStatus: 404 },
    ],
    [
      "500 for an unknown cluster",
      { clusterNotFoundResponseCode: "INTERNAL_SERVER_ERROR" },
      { clusterNotFoundStatus: 500 },
    ],
    [
      "upgrades",
      { upgradeConfigs: [{ upgradeType: "WebSocket" }] },
      { upgrades: new Map([["websocket", true]]) },
    ],
    [
      "an upgrade switched off",
      { upgradeConfigs: [{ upgradeType: "websocket", enabled: false }] },
      { upgrades: new Map([["websocket", false]]) },
    ],
    [
      "CONNECT that ends here",
      { upgradeConfigs: [{ upgradeType: "CONNECT", connectConfig: {} }] },
      { terminatesConnect: true },
    ],
    [
      "CONNECT that passes",
      { upgradeConfigs: [{ upgradeType: "CONNECT" }] },
      { terminatesConnect: false },
    ],
  ] as const) {
    test(title, () => {
      const action = forwardAction(route as JsonObject);
      assert.deepEqual({ ...action, ...want }, action);
    });
  }

  const at = "t.virtual_hosts[0].routes[0].route";
  for (const [route, field] of [
    [{ timeout: "-1s" }, "timeout"],
    [{ idleTimeout: "-1s" }, "idle_timeout"],
    [{ clusterNotFoundResponseCode: 7 }, "cluster_not_found_response_code"],
    [{ upgradeConfigs: [{ upgradeType: "a" }, { upgradeType: "A" }] }, "upgrade_configs"],
    [{ metadataMatch: {} }, "metadata_match"],
    [{ hashPolicy: [{ header: { headerName: "x" } }] }, "hash_policy"],
    [{ priority: "HIGH" }, "priority"],
    [{ internalRedirectPolicy: {} }, "internal_redirect_policy"],
    [{ hedgePolicy: {} }, "hedge_policy"],
    [{ requestMirrorPolicies: [{}] }, "request_mirror_policies[0].cluster"],
    [{ requestMirrorPolicies: [{ clusterHeader: "x" }] }, "request_mirror_policies[0].cluster"],
    [{ retryPolicy: { perTryIdleTimeout: "1s" } }, "retry_policy.per_try_idle_timeout"],
  ] as const) {
    test(`refuses ${JSON.stringify(route)}`, () => {
      assert.throws(() => forwardAction(route as JsonObject), {
        name: "ConfigError",
        field: `${at}.${field}`,
      });
    });
  }
});

describe("what a route inherits", () => {
  const tableWith = (virtualHost: JsonObject, route: JsonObject) =>
    routeTable({
      requestMirrorPolicies: [{ cluster: "table" }],
      virtualHosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "" }, route: { cluster: "a", ...route } }],
          ...virtualHost,
        },
      ],
    });
  const actionOf = (virtualHost: JsonObject, route: JsonObject = {}) => {
    const { action } = decide(tableWith(virtualHost, route)).route;
    assert(action.kind === "forward");
    return action;
  };

  test("the virtual host's retry policy, unless it has its own", () => {
    const virtualHost = { retryPolicy: { retryOn: "5xx", numRetries: 4 } };
    assert.equal(actionOf(virtualHost).retry?.maxRetries, 4);
    assert.equal(actionOf(virtualHost, { retryPolicy: { numRetries: 2 } }).retry?.maxRetries, 2);
  });

  test("mirrors of the nearest level that has any", () => {
    const mirrors = (name: string) => ({ requestMirrorPolicies: [{ cluster: name }] });
    const names = (virtualHost: JsonObject, route?: JsonObject) =>
      actionOf(virtualHost, route).mirrors.map(({ cluster }) => cluster);
    assert.deepEqual(names({}), ["table"]);
    assert.deepEqual(names(mirrors("host")), ["host"]);
    assert.deepEqual(names(mirrors("host"), mirrors("route")), ["route"]);
  });

  test("a mirror's share, and whether its host says shadow", () => {
    const [mirror] = actionOf(
      {},
      {
        requestMirrorPolicies: [
          {
            cluster: "m",
            runtimeFraction: { defaultValue: { numerator: 5 } },
            disableShadowHostSuffixAppend: true,
          },
        ],
      },
    ).mirrors;
    assert.deepEqual(mirror, {
      cluster: "m",
      fraction: { numerator: 5, denominator: 100 },
      appendsShadowSuffix: false,
    });
  });
});
