import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TYPE_URL } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { NodeSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { silentLog } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import { type XdsConnection, type XdsResponse, XdsSession } from "@weft/xds";
import type { Problem } from "../model/problem.ts";
import type { ProxyNode } from "../model/proxy-node.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type ProxyResources, parseProxyNode } from "../translate/index.ts";
import { Pusher } from "./pusher.ts";

test("a proxy that connects gets the present snapshot at once", () => {
  const { pusher, connect } = setUp();
  pusher.update(snapshot("v1"));
  assert.deepEqual(connect("a").versions(), ["v1"]);
});

test("a proxy that connects before configuration was read waits for it", () => {
  const { pusher, connect, clock } = setUp();
  const a = connect("a");
  assert.deepEqual(a.versions(), []);
  pusher.update(snapshot("v1"));
  clock.advanceMs(0);
  assert.deepEqual(a.versions(), ["v1"]);
});

test("snapshots that come faster than they are pushed are skipped", () => {
  const { pusher, connect, clock, translated } = setUp();
  connect("a");
  connect("b");
  pusher.update(snapshot("v1"));
  pusher.update(snapshot("v2"));
  clock.advanceMs(0);
  assert.deepEqual(translated, ["v2 a", "v2 b"]);
});

test("a proxy that cannot be translated for keeps what it has, and others are served", () => {
  const { pusher, connect, clock } = setUp();
  pusher.update(snapshot("v1"));
  const [a, b] = [connect("a"), connect("b")];
  pusher.update(snapshot("breaks for a"));
  clock.advanceMs(0);
  assert.deepEqual(a.versions(), ["v1"]);
  assert.deepEqual(b.versions(), ["v1", "breaks for a"]);
});

test("a proxy that cannot be translated for is told of, until it can be again", () => {
  const { pusher, connect, clock, problems } = setUp();
  pusher.update(snapshot("v1"));
  connect("a");
  pusher.update(snapshot("breaks for a"));
  clock.advanceMs(0);
  assert.deepEqual(
    problems().map(({ code, message }) => [code, message]),
    [["TranslationFailed", "nothing new reaches a, because of a bug in Weft: a bug"]],
  );
  pusher.update(snapshot("v3"));
  clock.advanceMs(0);
  assert.deepEqual(problems(), []);
});

test("a proxy that has gone is not translated for", () => {
  const { pusher, connect, clock, translated } = setUp();
  const { connection } = connect("a");
  pusher.update(snapshot("v1"));
  pusher.disconnect(connection);
  clock.advanceMs(0);
  assert.deepEqual(translated, []);
});

function setUp() {
  const clock = createFakeClock();
  const translated: string[] = [];
  const translate = ({ version }: Snapshot, { podName }: ProxyNode): ProxyResources => {
    if (version === `breaks for ${podName}`) throw new Error("a bug");
    translated.push(`${version} ${podName}`);
    const clusters = [create(ClusterSchema, { name: version })];
    return { clusters, endpoints: [], listeners: [], routes: [], problems: [] };
  };
  let problems: readonly Problem[] = [];
  const onProblems = (all: readonly Problem[]) => {
    problems = all;
  };
  const pusher = new Pusher({ translate, clock, log: silentLog, onProblems });
  return {
    clock,
    problems: () => problems,
    translated,
    pusher,
    connect(podName: string) {
      const node = create(NodeSchema, {
        id: `sidecar~192.0.2.1~${podName}.default~default.svc.cluster.local`,
      });
      const sent: XdsResponse[] = [];
      const send = (response: XdsResponse) => {
        sent.push(response);
        session.receive({ typeUrl: TYPE_URL.cluster, nonce: response.nonce, names: NO_CHANGE });
      };
      const session = new XdsSession({ variant: "delta", clock, send });
      const connection: XdsConnection = {
        id: podName,
        node,
        variant: "delta",
        session,
        close: () => {},
      };
      session.receive({ typeUrl: TYPE_URL.cluster, nonce: "", names: NO_CHANGE });
      pusher.connect(connection, parseProxyNode(node));
      return {
        connection,
        versions: () =>
          sent.filter(({ resources }) => resources.length > 0).map(({ version }) => version),
      };
    },
  };
}

const NO_CHANGE = { kind: "change", subscribe: [], unsubscribe: [], initialVersions: {} } as const;

/** The pusher looks at nothing but the version. */
function snapshot(version: string): Snapshot {
  return { version } as Snapshot;
}
