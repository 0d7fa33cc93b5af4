import type { Random } from "@weft/core";
import type { RequestHead } from "../../codec/codec.ts";
import type { DecisionTrace } from "../../route/decision-trace.ts";
import { drawFraction } from "../../route/match/fraction.ts";
import { matchHeader } from "../../route/match/header-matcher.ts";
import type { FaultConfig } from "./fault-config.ts";

/** What a request suffers. Both are drawn on their own: a delayed request may be aborted after it. */
export interface FaultDraw {
  /** 0: none. */
  readonly delayMs: number;
  readonly isAborted: boolean;
}

/** Shared by the many requests that nothing happens to. */
export const NO_FAULT: FaultDraw = { delayMs: 0, isAborted: false };

/** Pure: equal random, equal answer. */
export function drawFault(
  config: FaultConfig,
  request: RequestHead,
  cluster: string,
  random: Random,
  trace?: DecisionTrace,
): FaultDraw {
  if (config.upstreamCluster !== "" && config.upstreamCluster !== cluster) return NO_FAULT;
  for (const matcher of config.headers) if (!matchHeader(matcher, request)) return NO_FAULT;
  const { delay, abort } = config;
  const isDelayed = delay !== undefined && drawFraction(delay.share, random);
  const isAborted = abort !== undefined && drawFraction(abort.share, random);
  if (delay !== undefined) {
    const share = `${delay.share.numerator} of ${delay.share.denominator}`;
    trace?.add({
      subject: "fault delay",
      isMatch: isDelayed,
      reason: `${delay.delayMs} ms, ${share}`,
    });
  }
  if (abort !== undefined) {
    const share = `${abort.share.numerator} of ${abort.share.denominator}`;
    const status = abort.httpStatus ?? `grpc ${abort.grpcStatus}`;
    trace?.add({ subject: "fault abort", isMatch: isAborted, reason: `${status}, ${share}` });
  }
  if (!isDelayed && !isAborted) return NO_FAULT;
  return { delayMs: isDelayed ? delay.delayMs : 0, isAborted };
}
