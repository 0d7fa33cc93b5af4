import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { TcpProxySchema } from "@weft/api/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { ConfigError, seededRandom, silentLog } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import type { Cluster, Host, PoolFailure } from "../cluster/cluster.ts";
import type { DownstreamConnection } from "../listener/downstream-connection.ts";
import { createStats } from "../stats/create-stats.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

const HOST: Host = {
  address: "192.0.2.7:5432",
  weight: 1,
  activeRequests: 0,
  isHealthy: true,
  metadata: {},
};

type Answer = { readonly socket: Duplex; readonly host: Host } | PoolFailure;

/** A TCP proxy with a client on one side and a server on the other. */
function setUp(answers: (server: Duplex) => readonly Answer[], fields: object = {}) {
  const clock = createFakeClock();
  const [client, downstream] = duplexPair();
  const [server, upstream] = duplexPair();
  const asked: string[] = [];
  const queue = [...answers(upstream)];
  const cluster = (name: string) =>
    ({
      openConnection(context, done) {
        asked.push(`${name} ${context.originalDestination} ${context.triedHosts.length}`);
        const answer = queue.shift();
        if (answer !== undefined) queueMicrotask(() => done(answer));
        return { cancel() {} };
      },
      reportResult: () => {},
    }) as Partial<Cluster> as Cluster;
  const filter = createTcpProxy(
    create(TcpProxySchema, {
      statPrefix: "test",
      clusterSpecifier: { case: "cluster", value: "db" },
      ...fields,
    }),
    {
      clusters: { cluster: (name) => (name === "db" ? cluster(name) : undefined) },
      clock,
      random: seededRandom(1),
      stats: createStats(),
      accessLogs: { sinkFor: () => ({ write() {} }), close: async () => {} } as never,
      log: silentLog,
    },
  );
  const connection: DownstreamConnection = {
    id: 1,
    socket: downstream,
    remote: { address: "192.0.2.1", port: 1 },
    local: { address: "192.0.2.2", port: 5432 },
    tls: undefined,
    applicationProtocol: "",
    direction: "outbound",
    listenerName: "test",
  };
  let isClosed = false;
  filter(connection, () => {
    isClosed = true;
  });
  return { client, server, clock, asked, isClosed: () => isClosed, received: collect(client) };
}

function collect(stream: Duplex): { text: string; hasEnded: boolean; isClosed: boolean } {
  const state = { text: "", hasEnded: false, isClosed: false };
  stream.on("data", (chunk: Buffer) => {
    state.text += chunk.toString();
  });
  stream.on("end", () => {
    state.hasEnded = true;
  });
  stream.on("error", () => {});
  stream.on("close", () => {
    state.isClosed = true;
  });
  return state;
}

async function settle(): Promise<void> {
  for (let count = 0; count < 8; count++) await turn();
}

const connected = (socket: Duplex): readonly Answer[] => [{ socket, host: HOST }];
const refused: PoolFailure = {
  kind: "connect-failure",
  flag: "UF",
  host: HOST,
  detail: "connection refused",
};

describe("tcp proxy", () => {
  test("carries bytes both ways and each FIN by itself", async () => {
    const { client, server, asked, received, isClosed } = setUp(connected);
    const upstream = collect(server);
    client.write("question");
    client.end();
    await settle();
    assert.deepEqual(asked, ["db 192.0.2.2:5432 0"]);
    assert.deepEqual([upstream.text, upstream.hasEnded], ["question", true]);
    assert.equal(received.hasEnded, false);
    server.end("answer");
    await settle();
    assert.deepEqual([received.text, received.hasEnded, isClosed()], ["answer", true, true]);
  });

  test("tries another host as often as it may", async () => {
    const { asked, server, client } = setUp((socket) => [refused, ...connected(socket)], {
      maxConnectAttempts: 2,
    });
    const upstream = collect(server);
    client.write("x");
    await settle();
    assert.deepEqual(asked, ["db 192.0.2.2:5432 0", "db 192.0.2.2:5432 1"]);
    assert.equal(upstream.text, "x");
  });

  test("closes when no host can be reached or the cluster is unknown", async () => {
    const unreachable = setUp(() => [refused]);
    const unknown = setUp(() => [], { clusterSpecifier: { case: "cluster", value: "nowhere" } });
    await settle();
    assert.equal(unreachable.isClosed(), true);
    assert.equal(unknown.isClosed(), true);
  });

  test("an upstream that breaks off breaks off the client", async () => {
    const { server, client, isClosed } = setUp((socket) => {
      server_ = socket;
      return connected(socket);
    });
    client.write("x");
    await settle();
    server_?.destroy();
    server.destroy();
    await settle();
    assert.equal(isClosed(), true);
  });

  test("closes after the idle timeout, counted from the last byte", async () => {
    const { client, clock, isClosed } = setUp(connected, {
      idleTimeout: { seconds: 10n, nanos: 0 },
    });
    await settle();
    clock.advanceMs(9_000);
    client.write("x");
    await settle();
    clock.advanceMs(9_000);
    await settle();
    assert.equal(isClosed(), false);
    clock.advanceMs(1_000);
    await settle();
    assert.equal(isClosed(), true);
  });

  test("refuses what it cannot do", () => {
    assert.throws(() => setUp(() => [], { tunnelingConfig: { hostname: "x" } }), ConfigError);
    assert.throws(() => setUp(() => [], { clusterSpecifier: { case: undefined } }), ConfigError);
  });
});

let server_: Duplex | undefined;
