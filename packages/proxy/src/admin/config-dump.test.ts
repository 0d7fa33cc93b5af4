import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TYPE_URL } from "@weft/api";
import { BootstrapSchema } from "@weft/api/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { endpoint, locality, staticCluster } from "../cluster/fixture/cluster-fixture.ts";
import {
  createDynamicConfigFixture,
  unboundListener,
} from "../xds/fixture/dynamic-config-fixture.ts";
import { renderConfigDump } from "./config-dump.ts";

describe("/config_dump of what the control plane sent", () => {
  test("shows a refused listener beside the one that serves on", () => {
    const { push, dump } = setUp();
    push(TYPE_URL.listener, [["l", unboundListener("l", undefined, { statPrefix: "good" })]]);
    push(TYPE_URL.listener, [["l", unboundListener("l", undefined, { statPrefix: "broken" })]]);
    const [shown] = dump("ListenersConfigDump").dynamic_listeners;
    assert.equal(shown.active_state.listener.stat_prefix, "good");
    assert.equal(shown.active_state.version_info, "1");
    assert.equal(shown.error_state.details, "l: stat_prefix: is broken");
    assert.equal(shown.error_state.version_info, "2");
    assert.equal(shown.client_status, "NACKED");
  });

  test("shows a listener that waits for its routes as warming", () => {
    const { push, dump } = setUp();
    push(TYPE_URL.listener, [["l", unboundListener("l", "r")]]);
    assert.deepEqual(Object.keys(dump("ListenersConfigDump").dynamic_listeners[0]), [
      "name",
      "warming_state",
      "client_status",
    ]);
    push(TYPE_URL.route, [["r", { name: "r" }]]);
    assert.ok(dump("ListenersConfigDump").dynamic_listeners[0].active_state);
    assert.equal(dump("RoutesConfigDump").dynamic_route_configs[0].route_config.name, "r");
  });

  test("shows clusters that wait for their endpoints apart from those that serve", () => {
    const { push, dump } = setUp();
    const eds = { type: "EDS", edsClusterConfig: { edsConfig: { ads: {} } } };
    push(TYPE_URL.cluster, [
      ["a", { name: "a", ...staticCluster([locality([endpoint("h1")])]) }],
      ["b", { name: "b", ...eds }],
    ]);
    const names = (list: readonly { cluster: { name: string } }[]) =>
      list.map(({ cluster }) => cluster.name);
    const shown = dump("ClustersConfigDump");
    assert.deepEqual(names(shown.dynamic_active_clusters), ["a"]);
    assert.deepEqual(names(shown.dynamic_warming_clusters), ["b"]);
    assert.equal(shown.version_info, "1");
  });

  test("shows endpoints only when they are asked for", () => {
    const { push, dump } = setUp();
    push(TYPE_URL.endpoint, [["a", { clusterName: "a" }]]);
    assert.equal(dump("EndpointsConfigDump"), undefined);
    const [shown] = dump("EndpointsConfigDump", "include_eds").dynamic_endpoint_configs;
    assert.equal(shown.endpoint_config.cluster_name, "a");
  });

  test("forgets what was removed", () => {
    const { push, dump } = setUp();
    push(TYPE_URL.listener, [["l", unboundListener("l")]]);
    push(TYPE_URL.listener, [], ["l"]);
    assert.deepEqual(dump("ListenersConfigDump").dynamic_listeners, []);
  });
});

function setUp() {
  const { push, clusters, listeners, accepted } = createDynamicConfigFixture();
  const parts = { bootstrap: create(BootstrapSchema), clusters, listeners, accepted };
  /** One section of the dump, by its type's short name. */
  const dump = (type: string, query = "") => {
    const { body } = renderConfigDump(parts, new URLSearchParams(query));
    const { configs } = JSON.parse(body);
    return configs.find((config: { "@type": string }) => config["@type"].endsWith(`.${type}`));
  };
  return { push, dump };
}
