import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { NodeSchema } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { ClusterLoadAssignmentSchema } from "@weft/api/envoy/config/endpoint/v3/endpoint_pb.js";
import { seededRandom, systemClock } from "@weft/core";
import {
  createXdsClient,
  createXdsServer,
  resourceVersion,
  type XdsConnection,
  type XdsRejection,
  type XdsResource,
  type XdsResources,
  type XdsResponse,
  type XdsUpdate,
} from "../src/index.ts";

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS } = TYPE_URL;

for (const mode of ["delta", "sotw"] as const) {
  describe(`ADS over a socket, ${mode}`, () => {
    test("a client gets what it subscribes to, and then only what changed", async (t) => {
      const server = await startServer(t, resources({ [CDS]: { a: "1s", b: "1s" } }));
      const client = startClient(t, server.port, mode);
      client.xds.subscribe(CDS, "*");
      // A cluster is removed only when neither listeners nor routes can refer to it any more.
      client.xds.subscribe(LDS, "*");
      client.xds.subscribe(RDS, ["80"]);
      await client.until(() => client.names(CDS) === "a b");
      client.updates.length = 0;
      server.set(resources({ [CDS]: { a: "2s", c: "1s" } }));
      await client.until(() => client.names(CDS) === "a c");
      const told = client.updates.flatMap(({ changed }) => changed.map(({ name }) => name));
      assert.deepEqual(told.sort(), ["a", "c"]);
    });

    test("a subscription made while a response is applied is served", async (t) => {
      const server = await startServer(
        t,
        resources({ [CDS]: { a: "1s" }, [EDS]: { a: "", unasked: "" } }),
      );
      const client = startClient(t, server.port, mode, (update, xds) => {
        if (update.typeUrl === CDS) xds.subscribe(EDS, ["a"]);
        return [];
      });
      client.xds.subscribe(CDS, "*");
      await client.until(() => client.names(EDS) === "a");
    });

    test("a refused response is told to the server with the resource's name", async (t) => {
      const server = await startServer(t, resources({ [CDS]: { good: "1s", bad: "1s" } }));
      const client = startClient(t, server.port, mode, () => [
        { name: "bad", message: "is of no use" },
      ]);
      client.xds.subscribe(CDS, "*");
      await client.until(() => server.nacks.length > 0);
      assert.deepEqual(server.nacks, ["bad: is of no use"]);
    });

    test("after a lost connection the client returns and hears only what changed", async (t) => {
      const server = await startServer(t, resources({ [CDS]: { a: "1s", b: "1s" } }));
      const client = startClient(t, server.port, mode);
      client.xds.subscribe(CDS, "*");
      await client.until(() => client.names(CDS) === "a b");
      client.updates.length = 0;
      const [connection] = server.connections;
      server.set(resources({ [CDS]: { a: "1s", b: "2s" } }), { quietly: true });
      connection?.close("maintenance");
      await client.until(() => client.updates.some(({ changed }) => changed.length > 0));
      assert.deepEqual(
        client.updates.flatMap(({ changed }) => changed.map(({ name }) => name)),
        ["b"],
      );
      if (mode === "delta") assert.equal(server.responses.at(-1)?.resources.length, 1);
    });
  });
}

test("a client that the server does not authorize hears why", async (t) => {
  const server = await startServer(t, new Map(), "not today");
  const client = startClient(t, server.port, "delta");
  client.xds.subscribe(CDS, "*");
  await client.until(() => client.reasons.includes("PERMISSION_DENIED: not today"));
  assert.equal(client.xds.isConnected, false);
});

interface TestContext {
  after(callback: () => void): void;
}

async function startServer(t: TestContext, initial: XdsResources, refusal?: string) {
  let current = initial;
  let version = 1;
  const nacks: string[] = [];
  const responses: XdsResponse[] = [];
  const xds = createXdsServer({
    clock: systemClock,
    controlPlaneId: "test",
    authorize: () => refusal,
    onConnect: ({ session }) => session.update(current, `v${version}`),
    onDisconnect: () => {},
    onRequest: (_connection, _type, verdict, { nackMessage }) => {
      if (verdict === "nack") nacks.push(nackMessage ?? "");
    },
    onSend: (_connection, response) => responses.push(response),
  });
  const server = new Server();
  xds.addTo(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  t.after(() => {
    xds.close("the test is over");
    server.forceShutdown();
  });
  return {
    port,
    nacks,
    responses,
    get connections(): readonly XdsConnection[] {
      return [...xds.connections];
    },
    set(resources: XdsResources, options: { readonly quietly?: boolean } = {}) {
      current = resources;
      version += 1;
      if (options.quietly === true) return;
      for (const { session } of xds.connections) session.update(current, `v${version}`);
    },
  };
}

type OnUpdate = (
  update: XdsUpdate,
  xds: ReturnType<typeof createXdsClient>,
) => readonly XdsRejection[];

function startClient(
  t: TestContext,
  port: number,
  mode: "delta" | "sotw",
  onUpdate: OnUpdate = () => [],
) {
  const events = new EventTarget();
  const updates: XdsUpdate[] = [];
  const reasons: string[] = [];
  const held = new Map<TypeUrl, Map<string, XdsResource>>();
  const xds = createXdsClient({
    node: create(NodeSchema, { id: "sidecar~192.0.2.1~a.default~default.svc.cluster.local" }),
    target: `127.0.0.1:${port}`,
    credentials: () => credentials.createInsecure(),
    clock: systemClock,
    random: seededRandom(1),
    mode,
    onUpdate(update) {
      updates.push(update);
      const ofType = held.get(update.typeUrl) ?? new Map<string, XdsResource>();
      held.set(update.typeUrl, ofType);
      for (const resource of update.changed) ofType.set(resource.name, resource);
      for (const name of update.removed) ofType.delete(name);
      const rejections = onUpdate(update, xds);
      setImmediate(() => events.dispatchEvent(new Event("news")));
      return rejections;
    },
    onStateChange(_state, reason) {
      reasons.push(reason);
      setImmediate(() => events.dispatchEvent(new Event("news")));
    },
  });
  xds.start();
  const poll = setInterval(() => events.dispatchEvent(new Event("news")), 20);
  t.after(() => {
    clearInterval(poll);
    xds.close();
  });
  return {
    xds,
    updates,
    reasons,
    names: (typeUrl: TypeUrl) => [...(held.get(typeUrl)?.keys() ?? [])].sort().join(" "),
    async until(isTrue: () => boolean) {
      while (!isTrue()) await once(events, "news");
    },
  };
}

/** Type → name → a connect timeout, which is all that distinguishes versions here. */
function resources(
  content: Partial<Record<TypeUrl, Readonly<Record<string, string>>>>,
): XdsResources {
  return new Map(
    Object.entries(content).map(([typeUrl, byName]) => [
      typeUrl as TypeUrl,
      new Map(
        Object.entries(byName).map(([name, timeout]) => [name, encode(typeUrl, name, timeout)]),
      ),
    ]),
  );
}

function encode(typeUrl: string, name: string, timeout: string): XdsResource {
  const bytes =
    typeUrl === CDS
      ? toBinary(
          ClusterSchema,
          create(ClusterSchema, {
            name,
            connectTimeout: { seconds: BigInt(Number.parseInt(timeout, 10)) },
          }),
        )
      : toBinary(
          ClusterLoadAssignmentSchema,
          create(ClusterLoadAssignmentSchema, { clusterName: name }),
        );
  return { name, version: resourceVersion(bytes), bytes };
}
