import type { Random } from "@weft/core";
import type { HeaderMap } from "../header-map.ts";

/** When x-request-id is made, and when the caller's is kept. */
export interface RequestIdRules {
  readonly generate: boolean;
  /** At the edge a caller's id is replaced unless this is set. */
  readonly preserveExternal: boolean;
  readonly isEdge: boolean;
}

/** Makes sure that the request can be found again in every log it touches. */
export function applyRequestId(headers: HeaderMap, rules: RequestIdRules, random: Random): void {
  if (!rules.generate) return;
  const isKept = headers.has("x-request-id") && (!rules.isEdge || rules.preserveExternal);
  if (!isKept) headers.set("x-request-id", randomUuid(random));
}

/** RFC 9562 version 4, from the injected random: an identifier, not a secret. */
export function randomUuid(random: Random): string {
  let text = "";
  for (let part = 0; part < 4; part += 1) {
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  }
  const variant = ((Number.parseInt(text[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
}
