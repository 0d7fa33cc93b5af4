import type { NackLog } from "../push/nack-log.ts";
import type { Pusher } from "../push/pusher.ts";
import { type SyncPage, toProxySync } from "../push/sync-status.ts";
import type { Page } from "./http-server.ts";
import type { Metrics } from "./metrics.ts";

/** What the pages show. */
export interface DebugPagesConfig {
  readonly metrics: Metrics;
  readonly pusher: Pusher;
  readonly nacks: NackLog;
  readonly isReady: () => boolean;
}

/** The pages of the control plane's HTTP port, under istiod's paths. */
export function debugPages(config: DebugPagesConfig): Readonly<Record<string, () => Page>> {
  const { metrics, pusher, nacks, isReady } = config;
  return {
    "/metrics": () => ({
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      body: metrics.render(),
    }),
    "/debug/syncz": () => {
      const { version, readyWorkloads, proxies } = pusher;
      const page: SyncPage = {
        version,
        readyWorkloads,
        proxies: proxies.map(toProxySync),
        nacks: nacks.records,
      };
      return { contentType: "application/json", body: `${JSON.stringify(page, null, 2)}\n` };
    },
    "/ready": () => {
      const status = isReady() ? 200 : 503;
      const body = isReady() ? "ready\n" : "configuration is still being read\n";
      return { status, contentType: "text/plain; charset=utf-8", body };
    },
  };
}
