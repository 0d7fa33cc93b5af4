import type { Clock } from "@weft/core";
import type { ResponseHead } from "../../codec/codec.ts";

/** What the connection manager does to every response, local replies included. */
export interface ResponseRules {
  readonly serverName: string;
  readonly serverHeader: "overwrite" | "append-if-absent" | "pass-through";
  readonly via: string;
  readonly alwaysSetRequestId: boolean;
}

/** Changes the head in place. */
export function prepareResponse(
  head: ResponseHead,
  requestId: string | undefined,
  rules: ResponseRules,
  date: DateHeader,
): void {
  const { headers } = head;
  if (rules.serverHeader === "overwrite") headers.set("server", rules.serverName);
  else if (rules.serverHeader === "append-if-absent" && !headers.has("server")) {
    headers.set("server", rules.serverName);
  }
  if (!headers.has("date")) headers.add("date", date.text());
  if (rules.via !== "") {
    const via = headers.joined("via");
    headers.set("via", via === undefined ? rules.via : `${via}, ${rules.via}`);
  }
  if (rules.alwaysSetRequestId && requestId !== undefined) headers.set("x-request-id", requestId);
}

/** The Date header's text, made once a second. */
export class DateHeader {
  readonly #clock: Clock;
  #second = -1;
  #text = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  text(): string {
    const wallMs = this.#clock.wallMs();
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(wallMs).toUTCString();
    }
    return this.#text;
  }
}
