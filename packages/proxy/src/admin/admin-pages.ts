import { TYPE_URL } from "@weft/api";
import type { Clock } from "@weft/core";
import { CERTIFICATE_NAME, ROOT_NAME } from "../identity/identity-agent.ts";
import type { Stats } from "../stats/stats.ts";
import type { SecretSource } from "../transport/secret-source.ts";
import { type AdminAnswer, type AdminPage, JSON_TYPE } from "./admin-server.ts";
import { renderCerts } from "./certs-page.ts";
import { renderClusters } from "./clusters-page.ts";
import { type DumpedParts, renderConfigDump } from "./config-dump.ts";
import { renderPrometheus, renderStats } from "./stats-page.ts";

/** What a proxy is doing with its life. */
export type ServerState = "PRE_INITIALIZING" | "LIVE" | "DRAINING";

/** What the pages show, and the few things they change. */
export interface AdminParts extends DumpedParts {
  readonly stats: Stats;
  readonly secrets: SecretSource;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly version: string;
  readonly state: () => ServerState;
  readonly startDraining: () => void;
  readonly reopenLogs: () => void;
}

/** All pages. */
export function buildAdminPages(parts: AdminParts): readonly AdminPage[] {
  const { stats, secrets, clusters, clock } = parts;
  const names = { certificate: CERTIFICATE_NAME, root: ROOT_NAME };
  const get = (
    path: string,
    summary: string,
    render: (query: URLSearchParams) => AdminAnswer,
  ): AdminPage => ({ path, method: "GET", summary, render });
  return [
    get("/ready", "200 when the proxy has its configuration and certificate", () => ready(parts)),
    get("/healthcheck", "the same", () => ready(parts)),
    get("/stats", "counters; ?filter=REGEX&format=text|json|prometheus", (query) =>
      renderStats(stats, query),
    ),
    get("/stats/prometheus", "counters for Prometheus; ?filter=REGEX", (query) =>
      renderPrometheus(stats, query),
    ),
    get("/clusters", "hosts of every cluster; ?format=json", (query) =>
      renderClusters(clusters, query),
    ),
    get("/config_dump", "configuration as accepted; ?include_eds", (query) =>
      renderConfigDump(parts, query),
    ),
    get("/listeners", "listeners and their addresses; ?format=json", (query) =>
      renderListeners(parts, query),
    ),
    get("/certs", "certificates in use", () => renderCerts(secrets, names, clock)),
    get("/server_info", "version, state, node", () => serverInfo(parts)),
    {
      path: "/drain_listeners",
      method: "POST",
      summary: "stop accepting; connections end in peace",
      render: () => {
        parts.startDraining();
        return { body: "OK\n" };
      },
    },
    {
      path: "/reopen_logs",
      method: "POST",
      summary: "open access log files anew, after they were moved away",
      render: () => {
        parts.reopenLogs();
        return { body: "OK\n" };
      },
    },
  ];
}

function ready(parts: AdminParts): AdminAnswer {
  const state = parts.state();
  return { status: state === "LIVE" ? 200 : 503, body: `${state}\n` };
}

function renderListeners({ listeners }: AdminParts, query: URLSearchParams): AdminAnswer {
  const all = listeners.active().map(({ message, port }) => {
    const address = message.address?.address;
    const host = address?.case === "socketAddress" ? address.value.address : "internal";
    return { name: message.name, host, port };
  });
  if (query.get("format") !== "json")
    return {
      body: all
        .map(({ name, host, port }) =>
          host === "internal" ? `${name}::envoy://${name}/\n` : `${name}::${host}:${port}\n`,
        )
        .join(""),
    };
  const statuses = all.map(({ name, host, port }) => ({
    name,
    local_address:
      host === "internal"
        ? { envoy_internal_address: { server_listener_name: name } }
        : { socket_address: { address: host, port_value: port } },
  }));
  return { contentType: JSON_TYPE, body: JSON.stringify({ listener_statuses: statuses }) };
}

function serverInfo(parts: AdminParts): AdminAnswer {
  const { bootstrap, accepted, clock, startedAtMs, version } = parts;
  const info = {
    version,
    state: parts.state(),
    uptime_current_epoch: `${Math.floor((clock.nowMs() - startedAtMs) / 1000)}s`,
    node: { id: bootstrap.node?.id ?? "", cluster: bootstrap.node?.cluster ?? "" },
    xds_versions: Object.fromEntries(
      Object.entries(TYPE_URL).map(([type, url]) => [type, accepted.state(url).version]),
    ),
  };
  return { contentType: JSON_TYPE, body: `${JSON.stringify(info, null, 1)}\n` };
}
