import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { ask, createTestAuthority } from "@weft/testing/end-to-end";
import { type Json, startProxy, startUpstream } from "./fixture/start-proxy.ts";

describe("the admin interface of a proxy", () => {
  test("is ready when the proxy is, and no longer when it drains", async (t) => {
    const { proxy, admin, port } = await startProxy(t, {});
    const live = await admin("/ready");
    assert.deepEqual([live.status, live.body, proxy.state], [200, "LIVE\n", "LIVE"]);
    assert.equal((await admin("/drain_listeners")).status, 405);
    assert.equal((await admin("/drain_listeners", "POST")).body, "OK\n");
    const draining = await admin("/ready");
    assert.deepEqual([draining.status, draining.body], [503, "DRAINING\n"]);
    await assert.rejects(ask(`http://127.0.0.1:${port}/up`), /ECONNREFUSED/);
  });

  test("shows versions, state and node", async (t) => {
    const { admin } = await startProxy(t, {});
    const info = (await admin("/server_info")).json<Json>();
    assert.deepEqual([info.version, info.state], ["weft/test", "LIVE"]);
    assert.deepEqual(info.node, { id: "test", cluster: "test" });
    assert.match(String(info.uptime_current_epoch), /^\d+s$/);
  });

  test("dumps the configuration in Envoy's shape, without any private key", async (t) => {
    const own = createTestAuthority().issue("spiffe://cluster.local/ns/default/sa/bob");
    const tlsCertificate = {
      certificate_chain: { inline_string: own.cert },
      private_key: { inline_string: own.key },
    };
    const tls =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    const transportSocket = {
      name: "tls",
      typed_config: { "@type": tls, common_tls_context: { tls_certificates: [tlsCertificate] } },
    };
    const secrets = [{ name: "own", tls_certificate: tlsCertificate }];
    const options = { chain: { transport_socket: transportSocket }, resources: { secrets } };
    const { admin } = await startProxy(t, options);
    const { body, headers } = await admin("/config_dump?include_eds");
    assert.equal(headers["content-type"], "application/json");
    assert.doesNotMatch(body, /PRIVATE KEY/);
    for (const line of own.key.split("\n").slice(1, -2)) assert(!body.includes(line));
    assert.match(body, /"private_key": "\[redacted\]"/);
    const { configs } = JSON.parse(body) as { configs: readonly Json[] };
    assert.deepEqual(
      configs.map((config) => String(config["@type"]).split(".").at(-1)),
      [
        "BootstrapConfigDump",
        "ClustersConfigDump",
        "ListenersConfigDump",
        "RoutesConfigDump",
        "EndpointsConfigDump",
      ],
    );
    const { cluster } = (configs[1]?.static_clusters as { cluster: Json }[] | undefined)?.[0] ?? {};
    assert.equal(cluster?.["@type"], "type.googleapis.com/envoy.config.cluster.v3.Cluster");
    assert.equal(cluster?.name, "upstream");
  });

  test("lists clusters with their hosts, as text and as JSON", async (t) => {
    const upstreamPort = await startUpstream(t, (_, response) => response.end());
    const { admin, port } = await startProxy(t, { upstreamPort });
    await ask(`http://127.0.0.1:${port}/up`);
    const { body } = await admin("/clusters");
    const host = `upstream::127.0.0.1:${upstreamPort}`;
    for (const line of [
      "upstream::default_priority::max_connections::1024",
      "upstream::default_priority::max_retries::3",
      `${host}::rq_total::1`,
      `${host}::cx_connect_fail::0`,
      `${host}::health_flags::healthy`,
      `${host}::weight::1`,
    ])
      assert(body.split("\n").includes(line), line);
    const json = (await admin("/clusters?format=json")).json<Json>();
    const [status] = json.cluster_statuses as [{ host_statuses: [Json] }];
    assert.deepEqual(status.host_statuses[0].address, {
      socket_address: { address: "127.0.0.1", port_value: upstreamPort },
    });
  });

  test("survives a target that is no URL", async (t) => {
    const { admin, proxy } = await startProxy(t, {});
    const socket = connect({ host: "127.0.0.1", port: proxy.adminPort });
    socket.write("GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const bytes = await socket.toArray();
    assert.match(Buffer.concat(bytes).toString(), /^HTTP\/1\.1 404 /);
    assert.equal((await admin("/ready")).status, 200);
  });
});
