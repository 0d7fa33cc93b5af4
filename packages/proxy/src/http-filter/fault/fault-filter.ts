import type { Clock, Random, Timer } from "@weft/core";
import type { RequestHead } from "../../codec/codec.ts";
import {
  CONTINUE,
  type FilterStream,
  type HeadersVerdict,
  type HttpFilter,
  type HttpFilterFactory,
  STOP,
} from "../../http/filter.ts";
import type { LocalReply } from "../../http/local-reply.ts";
import { drawFault } from "./draw-fault.ts";
import type { FaultConfig } from "./fault-config.ts";

/** The part of the proxy that the filter needs. */
export interface FaultDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** How many streams suffer right now, over all of one filter. */
interface ActiveFaults {
  count: number;
}

/** Delays and aborts requests: the route's config where it has one, else the filter's own. */
export function createFaultFactory(
  config: FaultConfig,
  filterName: string,
  deps: FaultDeps,
): HttpFilterFactory {
  const active: ActiveFaults = { count: 0 };
  return (stream) => {
    const routeConfig = stream.routeFilterConfig(filterName) as FaultConfig | undefined;
    const effective = routeConfig ?? config;
    if (effective.delay === undefined && effective.abort === undefined) return NOTHING_TO_DO;
    return new FaultFilter(stream, effective, active, deps);
  };
}

const NOTHING_TO_DO: HttpFilter = {};

class FaultFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #config: FaultConfig;
  readonly #active: ActiveFaults;
  readonly #deps: FaultDeps;
  #timer: Timer | undefined;
  #isActive = false;

  constructor(stream: FilterStream, config: FaultConfig, active: ActiveFaults, deps: FaultDeps) {
    this.#stream = stream;
    this.#config = config;
    this.#active = active;
    this.#deps = deps;
  }

  onRequestHeaders(request: RequestHead): HeadersVerdict {
    const { maxActiveFaults } = this.#config;
    if (maxActiveFaults !== undefined && this.#active.count >= maxActiveFaults) return CONTINUE;
    const { info } = this.#stream;
    const draw = drawFault(this.#config, request, info.route?.cluster ?? "", this.#deps.random);
    if (draw.delayMs === 0 && !draw.isAborted) return CONTINUE;
    this.#isActive = true;
    this.#active.count += 1;
    if (draw.delayMs === 0) return { kind: "local-reply", reply: this.#abortReply() };
    info.addFlag("DI");
    this.#timer = this.#deps.clock.schedule(draw.delayMs, () => {
      if (draw.isAborted) this.#stream.sendLocalReply(this.#abortReply());
      else this.#stream.continueRequest();
    });
    return STOP;
  }

  onReset(): void {
    this.#timer?.cancel();
  }

  onStreamClosed(): void {
    this.#timer?.cancel();
    if (this.#isActive) this.#active.count -= 1;
    this.#isActive = false;
  }

  #abortReply(): LocalReply {
    const { abort } = this.#config;
    const grpcStatus = abort?.grpcStatus;
    return {
      status: abort?.httpStatus ?? 200,
      body: "fault filter abort",
      detail: "fault_filter_abort",
      flag: "FI",
      ...(grpcStatus !== undefined && { grpcStatus }),
    };
  }
}
