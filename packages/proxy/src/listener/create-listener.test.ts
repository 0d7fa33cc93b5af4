import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { FilterChainSchema } from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import { type Listener, ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { HttpInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js";
import { TlsInspectorSchema } from "@weft/api/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import {
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ConfigError, MeshError, silentLog, systemClock } from "@weft/core";
import { createTestAuthority, type TestAuthority } from "@weft/testing/end-to-end";
import { createStats } from "../stats/create-stats.ts";
import {
  createSettableSecrets,
  type SettableSecrets,
  toSecret,
} from "../transport/settable-secrets.ts";
import { buildUpstreamTls, type UpstreamHandshake } from "../transport/upstream-tls.ts";
import { createListener, type ListenerDeps, type ProxyListener } from "./create-listener.ts";
import type { DownstreamConnection } from "./downstream-connection.ts";
import { createInternalListeners } from "./internal-listeners.ts";

/** What `create` takes of a message, but no message that was made already. */
type Init<Schema extends DescMessage> = Exclude<MessageInitShape<Schema>, MessageShape<Schema>>;
type Chain = Init<typeof FilterChainSchema>;

const ALICE = "spiffe://cluster.local/ns/default/sa/alice";
const BOB = "spiffe://cluster.local/ns/default/sa/bob";
const open: ProxyListener[] = [];

/** Each chain's only filter says its name, then echoes. */
function deps(secrets: SettableSecrets, seen: DownstreamConnection[] = []): ListenerDeps {
  return {
    clock: systemClock,
    secrets,
    stats: createStats(),
    log: silentLog,
    internalListeners: createInternalListeners(),
    buildNetworkFilter: (filters) => (connection, onClosed) => {
      const { socket } = connection;
      seen.push(connection);
      socket.write(`${filters[0]?.name}:`);
      socket.pipe(socket);
      socket.on("close", onClosed);
      return { drain: () => socket.end(), destroy: () => socket.destroy() };
    },
  };
}

function chain(
  name: string,
  match: Chain["filterChainMatch"] = undefined,
  more: Chain = {},
): Chain {
  return {
    name,
    filters: [
      {
        name,
        configType: {
          case: "typedConfig",
          value: anyPack(TlsInspectorSchema, create(TlsInspectorSchema)),
        },
      },
    ],
    ...(match === undefined ? {} : { filterChainMatch: match }),
    ...more,
  };
}

function listener(filterChains: Chain[], fields: Init<typeof ListenerSchema> = {}): Listener {
  return create(ListenerSchema, {
    name: "test",
    address: {
      address: {
        case: "socketAddress",
        value: { address: "127.0.0.1", portSpecifier: { case: "portValue", value: 0 } },
      },
    },
    filterChains,
    ...fields,
  });
}

async function start(config: Listener, listenerDeps: ListenerDeps): Promise<ProxyListener> {
  const made = createListener(config, listenerDeps);
  open.push(made);
  await made.listen();
  return made;
}

function dial(to: ProxyListener): Socket {
  const socket = connect({ host: "127.0.0.1", port: to.address?.port ?? 0 });
  socket.on("error", () => {});
  return socket;
}

async function read(socket: Duplex, wanted: string): Promise<void> {
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length >= wanted.length) break;
  }
  assert.equal(text, wanted);
}

function mutualTls(fields: { readonly requires: boolean; readonly trustDomain?: string }) {
  return {
    name: "tls",
    configType: {
      case: "typedConfig" as const,
      value: anyPack(
        DownstreamTlsContextSchema,
        create(DownstreamTlsContextSchema, {
          requireClientCertificate: fields.requires,
          commonTlsContext: {
            alpnProtocols: ["h2", "http/1.1"],
            tlsParams: { tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2 },
            tlsCertificateSdsSecretConfigs: [{ name: "default" }],
            validationContextType: {
              case: "combinedValidationContext",
              value: {
                defaultValidationContext: {
                  matchTypedSubjectAltNames: [
                    {
                      sanType: SubjectAltNameMatcher_SanType.URI,
                      matcher: {
                        matchPattern: {
                          case: "prefix",
                          value: `spiffe://${fields.trustDomain ?? "cluster.local"}/`,
                        },
                      },
                    },
                  ],
                },
                validationContextSdsSecretConfig: { name: "ROOTCA" },
              },
            },
          },
        }),
      ),
    },
  };
}

/** Dials with mTLS as the mesh's clients do. */
async function dialTls(
  to: ProxyListener,
  secrets: SettableSecrets,
  wanted: { readonly peer?: string; readonly sni?: string; readonly alpn?: string[] } = {},
): Promise<UpstreamHandshake> {
  const tls = buildUpstreamTls(
    create(UpstreamTlsContextSchema, {
      sni: wanted.sni ?? "outbound_.80_._.example.com",
      commonTlsContext: {
        alpnProtocols: wanted.alpn ?? ["istio-peer-exchange", "h2"],
        tlsCertificateSdsSecretConfigs: [{ name: "default" }],
        validationContextType: {
          case: "combinedValidationContext",
          value: {
            defaultValidationContext: {
              matchTypedSubjectAltNames: [
                {
                  sanType: SubjectAltNameMatcher_SanType.URI,
                  matcher: { matchPattern: { case: "exact", value: wanted.peer ?? BOB } },
                },
              ],
            },
            validationContextSdsSecretConfig: { name: "ROOTCA" },
          },
        },
      },
    }),
    secrets,
    "test",
  );
  const result = await new Promise<UpstreamHandshake>((resolve) =>
    tls.connect(dial(to), undefined, resolve),
  );
  tls.close();
  return result;
}

describe("listener", () => {
  let mesh: TestAuthority;
  let alice: SettableSecrets;
  let bob: SettableSecrets;

  before(() => {
    mesh = createTestAuthority();
    alice = createSettableSecrets(mesh.issue(ALICE), mesh.rootPem);
    bob = createSettableSecrets(mesh.issue(BOB), mesh.rootPem);
  });

  after(async () => {
    await Promise.all(open.map((made) => made.close({ deadlineMs: 0 })));
  });

  test("hands a plain connection to its chain's filter", async () => {
    const seen: DownstreamConnection[] = [];
    const made = await start(listener([chain("only")]), deps(bob, seen));
    const client = dial(made);
    client.write("hi");
    await read(client, "only:hi");
    assert.equal(seen[0]?.remote.port, client.localPort);
    assert.equal(seen[0]?.local.port, made.address?.port);
    assert.equal(made.activeConnections, 1);
    client.destroy();
  });

  test("says which address is taken", async () => {
    const first = await start(listener([chain("only")]), deps(bob));
    const port = first.address?.port ?? 0;
    const taken = listener([chain("only")], {
      address: {
        address: {
          case: "socketAddress",
          value: { address: "127.0.0.1", portSpecifier: { case: "portValue", value: port } },
        },
      },
    });
    await assert.rejects(
      createListener(taken, deps(bob)).listen(),
      (error) => error instanceof MeshError && error.message.includes(`127.0.0.1:${port}`),
    );
  });

  test("takes mTLS from peers of the mesh and shows who they are", async () => {
    const seen: DownstreamConnection[] = [];
    const made = await start(
      listener([chain("mtls", undefined, { transportSocket: mutualTls({ requires: true }) })]),
      deps(bob, seen),
    );
    const result = await dialTls(made, alice);
    assert.ok(result.kind === "established");
    result.socket.write("hi");
    await read(result.socket, "mtls:hi");
    assert.deepEqual(result.info.peerUriSans, [BOB]);
    assert.deepEqual(seen[0]?.tls?.peerUriSans, [ALICE]);
    assert.deepEqual(seen[0]?.tls?.localUriSans, [BOB]);
    assert.equal(seen[0]?.tls?.alpn, "h2");
    assert.equal(seen[0]?.tls?.version, "TLSv1.3");
    assert.match(seen[0]?.tls?.peerCertificateSha256 ?? "", /^[0-9a-f]{64}$/);
    result.socket.destroy();
  });

  test("in permissive mode chooses by the first bytes, and loses none of them", async () => {
    const seen: DownstreamConnection[] = [];
    const config = listener(
      [
        chain(
          "mtls",
          { transportProtocol: "tls", applicationProtocols: ["istio-peer-exchange"] },
          { transportSocket: mutualTls({ requires: true }) },
        ),
        chain("http", { transportProtocol: "raw_buffer", applicationProtocols: ["http/1.1"] }),
        chain("plain", { transportProtocol: "raw_buffer" }),
      ],
      {
        listenerFilters: [
          {
            name: "tls",
            configType: {
              case: "typedConfig",
              value: anyPack(TlsInspectorSchema, create(TlsInspectorSchema)),
            },
          },
          {
            name: "http",
            configType: {
              case: "typedConfig",
              value: anyPack(HttpInspectorSchema, create(HttpInspectorSchema)),
            },
          },
        ],
      },
    );
    const made = await start(config, deps(bob, seen));
    const secure = await dialTls(made, alice);
    assert.ok(secure.kind === "established");
    secure.socket.write("hi");
    await read(secure.socket, "mtls:hi");
    secure.socket.destroy();
    assert.equal(seen[0]?.tls?.sni, "outbound_.80_._.example.com");
    const request = "GET / HTTP/1.1\r\n";
    for (const [bytes, answer] of [
      [request, `http:${request}`],
      ["\x00\x01binary", "plain:\x00\x01binary"],
    ] as const) {
      const client = dial(made);
      client.write(bytes);
      await read(client, answer);
      client.destroy();
    }
  });

  test("no byte of the application reaches a peer that is not accepted", async () => {
    const stranger = createTestAuthority();
    const strangers = createSettableSecrets(stranger.issue(ALICE), mesh.rootPem);
    const abroad = createSettableSecrets(
      mesh.issue("spiffe://other.example/ns/default/sa/alice"),
      mesh.rootPem,
    );
    const twoNames = createSettableSecrets(mesh.issue(ALICE, BOB), mesh.rootPem);
    const seen: DownstreamConnection[] = [];
    const made = await start(
      listener([chain("mtls", undefined, { transportSocket: mutualTls({ requires: true }) })]),
      deps(bob, seen),
    );
    for (const secrets of [strangers, abroad, twoNames]) {
      const result = await dialTls(made, secrets);
      if (result.kind === "failed") continue;
      // With TLS 1.3 a client is done before the server has judged its certificate.
      let bytes = 0;
      result.socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      result.socket.on("error", () => {});
      result.socket.write("GET / HTTP/1.1\r\n\r\n");
      // What ends in order stays half open here, so that nothing of a response is lost.
      await Promise.race([once(result.socket, "end"), once(result.socket, "close")]);
      result.socket.destroy();
      assert.equal(bytes, 0);
    }
    assert.equal(seen.length, 0);
  });

  test("the client refuses a server that is someone else", async () => {
    const made = await start(
      listener([chain("mtls", undefined, { transportSocket: mutualTls({ requires: false }) })]),
      deps(bob),
    );
    const result = await dialTls(made, alice, { peer: ALICE });
    assert.ok(result.kind === "failed");
    assert.match(result.error.message, /match none/);
  });

  test("a rotated certificate counts from the next connection on", async () => {
    const secrets = createSettableSecrets(mesh.issue(BOB), mesh.rootPem);
    const made = await start(
      listener([chain("mtls", undefined, { transportSocket: mutualTls({ requires: true }) })]),
      deps(secrets),
    );
    const before = await dialTls(made, alice);
    secrets.set("default", toSecret(mesh.issue("spiffe://cluster.local/ns/default/sa/carol")));
    const after = await dialTls(made, alice);
    assert.equal(before.kind, "established");
    assert.ok(after.kind === "failed");
    assert.ok(before.kind === "established");
    before.socket.write("hi");
    await read(before.socket, "mtls:hi");
    before.socket.destroy();
  });

  test("an update keeps connections of unchanged chains and drains the others", async () => {
    const kept = chain("kept", { applicationProtocols: ["http/1.1"] });
    const inspectors: Init<typeof ListenerSchema> = {
      listenerFilters: [
        {
          name: "http",
          configType: {
            case: "typedConfig",
            value: anyPack(HttpInspectorSchema, create(HttpInspectorSchema)),
          },
        },
      ],
    };
    const shared = deps(bob);
    const first = await start(listener([kept, chain("old")], inspectors), shared);
    const http = dial(first);
    http.write("GET / HTTP/1.1\r\n");
    await read(http, "kept:GET / HTTP/1.1\r\n");
    const other = dial(first);
    other.write("\x00");
    await read(other, "old:\x00");
    const second = createListener(listener([kept, chain("new")], inspectors), shared);
    open.push(second);
    second.adoptFrom(first);
    const isGone = once(other, "end");
    const closing = first.close({ deadlineMs: 5_000 });
    await isGone;
    other.end();
    await closing;
    assert.equal(second.activeConnections, 1);
    http.write("more");
    await read(http, "more");
    http.destroy();
  });

  test("close waits for connections, but not beyond the deadline", async () => {
    const made = await start(listener([chain("only")]), deps(bob));
    const client = dial(made);
    client.write("hi");
    await read(client, "only:hi");
    client.pause();
    await made.close({ deadlineMs: 20 });
    assert.equal(made.activeConnections, 0);
    client.destroy();
  });

  test("internal listeners are reached by name, with the original destination", async () => {
    const seen: DownstreamConnection[] = [];
    const shared = deps(bob, seen);
    const config = listener([chain("inner")], {
      name: "outbound_9080",
      listenerSpecifier: { case: "internalListener", value: {} },
    });
    const made = createListener(config, shared);
    open.push(made);
    assert.equal(shared.internalListeners.connect("outbound_9080"), undefined);
    made.open();
    const near = shared.internalListeners.connect("outbound_9080", "192.0.2.9:9080");
    assert.ok(near !== undefined);
    near.write("hi");
    await read(near, "inner:hi");
    assert.deepEqual(seen[0]?.local, { address: "192.0.2.9", port: 9080 });
    near.destroy();
    await turn();
  });

  test("refuses configuration that it cannot honour", () => {
    for (const config of [
      listener([chain("a"), chain("b")]),
      listener([chain("a", { serverNames: ["a*.example.com"] })]),
      listener([chain("a")], { filterChainMatcher: {} }),
      listener([chain("a", undefined, { transportSocket: { name: "x" } })]),
      listener([chain("a")], { listenerFilters: [{ name: "x" }] }),
    ])
      assert.throws(() => createListener(config, deps(bob)), ConfigError);
  });
});
