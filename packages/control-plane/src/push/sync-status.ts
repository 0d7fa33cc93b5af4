import type { XdsTypeStatus } from "@weft/xds";
import type { NackRecord } from "./nack-log.ts";
import type { ConnectedProxy } from "./pusher.ts";

/** How a proxy stands with a type, in Istio's words; ERROR: it refused the latest response. */
export type SyncState = "SYNCED" | "STALE" | "NOT SENT" | "ERROR";

/** One type of one proxy in `/debug/syncz`. */
export interface TypeSync {
  readonly status: SyncState;
  readonly sentVersion: string;
  readonly sentNonce: string;
  readonly ackedVersion: string;
  readonly ackedNonce: string;
  /** Why the latest response was refused. */
  readonly nack?: string;
}

/** One proxy in `/debug/syncz`. */
export interface ProxySync {
  readonly proxy: string;
  readonly connection: string;
  readonly variant: "delta" | "sotw";
  /** Snapshot that it was last brought to. A type that did not change there keeps an older version. */
  readonly version: string;
  readonly isSynced: boolean;
  /** By short name: CDS, EDS, LDS, RDS; only what it subscribed to. */
  readonly types: Readonly<Record<string, TypeSync>>;
}

/** The whole page. */
export interface SyncPage {
  /** The latest snapshot; empty before configuration was read. */
  readonly version: string;
  /** `namespace/name` of the instances that this snapshot sends traffic to. */
  readonly readyWorkloads: readonly string[];
  readonly proxies: readonly ProxySync[];
  /** The latest refusals, newest last, also those that were settled since. */
  readonly nacks: readonly NackRecord[];
}

/** What one proxy acknowledged. */
export function toProxySync({ connection, node, version }: ConnectedProxy): ProxySync {
  const statuses = connection.session.status();
  return {
    proxy: node.id,
    connection: connection.id,
    variant: connection.variant,
    version,
    isSynced: statuses.every(({ isSynced }) => isSynced),
    types: Object.fromEntries(statuses.map((each) => [each.type.shortName, toTypeSync(each)])),
  };
}

function toTypeSync(status: XdsTypeStatus): TypeSync {
  const { sentVersion, sentNonce, ackedVersion, ackedNonce, nackMessage } = status;
  return {
    status: syncState(status),
    sentVersion,
    sentNonce,
    ackedVersion,
    ackedNonce,
    ...(nackMessage !== undefined && { nack: nackMessage }),
  };
}

function syncState({ nackMessage, isSynced, sentNonce }: XdsTypeStatus): SyncState {
  if (nackMessage !== undefined) return "ERROR";
  if (sentNonce === "") return "NOT SENT";
  return isSynced ? "SYNCED" : "STALE";
}
