import { ConfigError } from "@weft/core";

/** Refuses text that would end its header field early, as Envoy does wherever a rule writes one. */
export function checkHeaderText(text: string, field: string): string {
  if (/[\r\n\0]/.test(text)) throw new ConfigError(field, "must not hold CR, LF or NUL");
  return text;
}
