import type { RequestHead } from "../../codec/codec.ts";
import type { RouteDecision } from "../../route/route-table.ts";
import type { HcmConfig } from "../hcm-config.ts";
import type { HttpDeps } from "../http-deps.ts";
import type { DateHeader } from "../response/prepare-response.ts";
import type { ActiveStream } from "./active-stream.ts";

/** What the streams of one connection manager share. */
export interface StreamContext {
  readonly config: HcmConfig;
  readonly deps: HttpDeps;
  readonly date: DateHeader;
  matchRoute(request: RequestHead): RouteDecision | undefined;
  /** A bug showed while a stream was worked on, which ends with a 500 or in the middle. */
  onFilterThrew(thrown: unknown): void;
  /** Called exactly once for each stream, with its info complete. */
  onStreamClosed(stream: ActiveStream): void;
}
