import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock, Timer } from "@weft/core";

/** How often it looks whether the proxy is live. */
const LOOK_EVERY_MS = 100;

/** What V8's `--expose-gc` offers; "last-resort" also drops code that ran only once. */
type CollectGarbage = (options: {
  type: "major";
  execution: "sync";
  flavor: "last-resort";
}) => void;

/**
 * Gives back once, as soon as `isLive`, what starting needed and serving does not: V8 grows the young
 * generation while modules load, and an idle proxy never shrinks it again. A limit on that generation
 * would do it too, at 8 % more CPU a request (docs/decisions/0003-bundles.md has the figures).
 */
export function releaseStartupMemory(isLive: () => boolean, clock: Clock): Timer {
  let timer = clock.schedule(LOOK_EVERY_MS, look);
  function look(): void {
    if (isLive()) collectGarbage();
    else timer = clock.schedule(LOOK_EVERY_MS, look);
  }
  return { cancel: () => timer.cancel() };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as CollectGarbage;
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
