import type { Clock } from "@weft/core";
import type { Mesh } from "../model/mesh.ts";
import type { OpenConfigSource } from "./config-source.ts";
import { createDebounce } from "./debounce.ts";
import type { ProblemBoard } from "./problem-board.ts";
import { createSnapshotter, type Snapshot } from "./snapshot.ts";

/** What {@link followSource} needs. */
export interface FollowSourceConfig {
  readonly openSource: OpenConfigSource;
  readonly problems: ProblemBoard;
  readonly clock: Clock;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** Istio's own figure for the first; the second keeps a steady trickle of changes from starving. */
const DEBOUNCE = { quietMs: 100, maxMs: 1000 };

/**
 * Makes a snapshot of each state of the source worth pushing; settles when the first was made. Goes
 * on until `resources` is disposed of.
 */
export async function followSource(
  config: FollowSourceConfig,
  resources: AsyncDisposableStack,
): Promise<void> {
  const { clock, problems } = config;
  const takeSnapshot = createSnapshotter(clock.wallMs());
  let latest: { readonly mesh: Mesh; readonly seenAtMs: number } | undefined;
  const push = () => {
    if (latest !== undefined) config.onSnapshot(takeSnapshot(latest.mesh, latest.seenAtMs));
    latest = undefined;
  };
  const debounce = createDebounce({ clock, ...DEBOUNCE }, push);
  let isFirst = true;
  const source = config.openSource((mesh, found) => {
    // Of several changes that are pushed together the first one has waited longest.
    latest = { mesh, seenAtMs: latest?.seenAtMs ?? clock.nowMs() };
    problems.set("source", found);
    // Proxies may be waiting for the first; there is nothing to gather yet.
    if (isFirst) push();
    else debounce.notify();
    isFirst = false;
  });
  resources.defer(() => debounce.close());
  resources.defer(() => source.close());
  await source.start();
}
