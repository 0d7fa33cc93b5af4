import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, eventually, freePort, startProgram, weftCommand } from "@weft/testing/end-to-end";

test("SIGTERM cuts nothing that is in flight, and lets nobody in any more", async (context) => {
  const upstream = await startUpstream(context);
  const { url, port, program } = await startProxy(context, upstream.port);

  const slow = ask(`${url}/slow`);
  const held = await eventually("the slow request arriving", () => upstream.held());
  held.writeHead(200, { "content-length": "9" });
  held.write("first ");

  const ended = program.stop("SIGTERM");
  await program.prints(/draining/);
  await eventually("new connections being refused", () => isRefused(port));
  assert.equal(program.isRunning(), true, "a request is still in flight");

  held.end("end");
  const { status, body, headers } = await slow;
  assert.deepEqual([status, body], [200, "first end"]);
  // The head went out before the signal, so nothing in it could announce the end.
  assert.equal(headers["content-length"], "9");
  assert.equal(await ended, 0);
});

test("a proxy with idle connections only ends at once", async (context) => {
  const upstream = await startUpstream(context);
  const { url, port, program } = await startProxy(context, upstream.port);
  assert.equal((await ask(`${url}/quick`)).status, 200);
  const idle = connect(port, "127.0.0.1").on("error", () => {});
  context.after(() => idle.destroy());
  await eventually("the idle connection", () => !idle.connecting || undefined);
  // Shorter than the time that a drain may take: who waited for that one would be killed.
  assert.equal(await program.stop("SIGTERM", 20_000), 0);
});

test("a second SIGTERM to weft proxy ends it at once", async (context) => {
  const upstream = await startUpstream(context);
  const { url, program } = await startProxy(context, upstream.port);
  const cut = ask(`${url}/slow`).catch((error: Error) => error);
  await eventually("the slow request arriving", () => upstream.held());
  void program.stop("SIGTERM");
  await program.prints(/draining/);
  // Signals within a moment count as one: a shell's Ctrl-C reaches parent and child alike.
  await eventually("the end", () => {
    if (program.isRunning()) process.kill(program.pid, "SIGTERM");
    return program.isRunning() ? undefined : true;
  });
  assert((await cut) instanceof Error);
});

/** Answers `/quick`; holds everything else until the test answers it. */
async function startUpstream(context: TestContext) {
  let held: ServerResponse | undefined;
  const server = createServer((request, response) => {
    if (request.url === "/quick") response.end("quick");
    else held = response;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, held: () => held };
}

async function startProxy(context: TestContext, upstreamPort: number) {
  const folder = mkdtempSync(join(tmpdir(), "weft-drain-"));
  const port = await freePort();
  const file = join(folder, "bootstrap.json");
  writeFileSync(file, JSON.stringify(bootstrap(port, upstreamPort)));
  const program = startProgram(weftCommand("proxy", "-c", file));
  context.after(async () => {
    await program.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually("the proxy answering", async () => {
    if (!program.isRunning()) throw new Error(program.output());
    return (await ask(`${url}/quick`)).status === 200 || undefined;
  });
  return { url, port, program };
}

function isRefused(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", () => resolve(true));
  });
}

function bootstrap(port: number, upstreamPort: number) {
  const at = (port_value: number) => ({
    socket_address: { address: "127.0.0.1", port_value },
  });
  const type = (name: string) => `type.googleapis.com/envoy.extensions.filters.${name}`;
  return {
    node: { id: "drain", cluster: "test" },
    static_resources: {
      listeners: [
        {
          name: "in",
          address: at(port),
          filter_chains: [
            {
              filters: [
                {
                  name: "envoy.filters.network.http_connection_manager",
                  typed_config: {
                    "@type": type("network.http_connection_manager.v3.HttpConnectionManager"),
                    stat_prefix: "in",
                    route_config: {
                      virtual_hosts: [
                        {
                          name: "all",
                          domains: ["*"],
                          routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }],
                        },
                      ],
                    },
                    http_filters: [
                      {
                        name: "envoy.filters.http.router",
                        typed_config: { "@type": type("http.router.v3.Router") },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: "upstream",
          type: "STATIC",
          load_assignment: {
            cluster_name: "upstream",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}
