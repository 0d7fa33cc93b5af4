import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, eventually, freePort, type Program, startProgram } from "@weft/testing/end-to-end";
import { part } from "../scripts/part.ts";

const PROXY = fileURLToPath(new URL("../dist/proxy.cjs", import.meta.url));

/** The proxy under test has a core to itself; load and upstream share the other. */
const CORE_OF_LOAD = "0";
const CORE_OF_PROXY = "1";

/** A program that answers `GET /` at `url`. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  /** Whose CPU time counts; undefined for the upstream itself. */
  readonly pid: number | undefined;
  stop(): Promise<unknown>;
}

/** `command` pinned to the core of the load. */
export function besideLoad(command: readonly string[]): readonly string[] {
  return pinned(CORE_OF_LOAD, command);
}

/** What everybody forwards to: nginx with a constant answer of 100 bytes, one worker. */
export async function startUpstream(folder: string): Promise<Contender> {
  const port = await freePort();
  const answer = `location / { return 200 "${"x".repeat(100)}"; }`;
  const file = writeNginxConfig(
    folder,
    "upstream",
    `server { listen 127.0.0.1:${port}; ${answer} }`,
  );
  const program = startProgram(pinned(CORE_OF_LOAD, [nginx(), "-p", folder, "-c", file]));
  return await ready("no proxy", port, program, undefined);
}

/** Weft, Envoy and nginx in front of `upstream`; a program that is not installed is left out. */
export async function startContenders(
  folder: string,
  upstream: Contender,
): Promise<readonly Contender[]> {
  const upstreamPort = Number(new URL(upstream.url).port);
  const contenders = [await startWeft(folder, upstreamPort)];
  const envoy = part("envoy");
  if (envoy !== undefined) contenders.push(await startEnvoy(folder, upstreamPort, envoy));
  contenders.push(await startNginx(folder, upstreamPort));
  return contenders;
}

async function startWeft(folder: string, upstreamPort: number): Promise<Contender> {
  const { port, file } = await writeBootstrap(folder, "weft", upstreamPort);
  const command = [process.execPath, PROXY, "-c", file];
  const program = startProgram(pinned(CORE_OF_PROXY, command));
  return await ready("weft", port, program, program.pid);
}

async function startEnvoy(folder: string, upstreamPort: number, envoy: string): Promise<Contender> {
  const { port, file } = await writeBootstrap(folder, "envoy", upstreamPort);
  const options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
  const program = startProgram(pinned(CORE_OF_PROXY, [envoy, "-c", file, ...options]));
  return await ready("envoy", port, program, program.pid);
}

async function startNginx(folder: string, upstreamPort: number): Promise<Contender> {
  const port = await freePort();
  const file = writeNginxConfig(
    folder,
    "proxy",
    `upstream target { server 127.0.0.1:${upstreamPort}; keepalive 128; }
     server { listen 127.0.0.1:${port}; location / {
       proxy_pass http://target; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
  );
  const program = startProgram(pinned(CORE_OF_PROXY, [nginx(), "-p", folder, "-c", file]));
  return await ready("nginx", port, program, program.pid);
}

/** The bootstrap that Weft and Envoy share but for the ports that they open. */
async function writeBootstrap(folder: string, name: string, upstreamPort: number) {
  const [port, adminPort] = [await freePort(), await freePort()];
  const socket = (port_value: number) => ({
    socket_address: { address: "127.0.0.1", port_value },
  });
  const router = {
    name: "envoy.filters.http.router",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
    },
  };
  const connectionManager = {
    "@type":
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "bench",
    route_config: {
      name: "bench",
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }],
        },
      ],
    },
    http_filters: [router],
  };
  const endpoint = { endpoint: { address: socket(upstreamPort) } };
  const bootstrap = {
    node: { id: name, cluster: "bench" },
    admin: { address: socket(adminPort) },
    static_resources: {
      listeners: [
        {
          name: "bench",
          address: socket(port),
          filter_chains: [
            {
              filters: [
                {
                  name: "envoy.filters.network.http_connection_manager",
                  typed_config: connectionManager,
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
          connect_timeout: "1s",
          load_assignment: {
            cluster_name: "upstream",
            endpoints: [{ lb_endpoints: [endpoint] }],
          },
        },
      ],
    },
  };
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(bootstrap, null, 2));
  return { port, file };
}

/** One process, in the foreground, that writes only below `folder`. */
function writeNginxConfig(folder: string, name: string, http: string): string {
  const file = join(folder, `nginx-${name}.conf`);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${join(folder, `${name}-${kind}`)};`,
  );
  writeFileSync(
    file,
    `daemon off; master_process off; error_log stderr error; pid ${join(folder, `${name}.pid`)};
     events { worker_connections 1024; }
     http { access_log off; keepalive_requests 100000000; ${paths.join(" ")} ${http} }`,
  );
  return file;
}

async function ready(
  name: string,
  port: number,
  program: Program,
  pid: number | undefined,
): Promise<Contender> {
  const url = `http://127.0.0.1:${port}/`;
  await eventually(`${name} answering`, async () => {
    if (!program.isRunning()) throw new Error(program.output());
    const { status } = await ask(url);
    if (status === 200) return true;
    throw new Error(`it answers ${status}: ${program.output()}`);
  });
  return { name, url, pid, stop: () => program.stop("SIGTERM", 3000) };
}

function pinned(core: string, command: readonly string[]): readonly string[] {
  const taskset = part("taskset");
  return taskset === undefined ? command : [taskset, "--cpu-list", core, ...command];
}

function nginx(): string {
  const path = part("nginx");
  if (path === undefined) throw new Error("no nginx: run node scripts/install-parts.mjs");
  return path;
}
