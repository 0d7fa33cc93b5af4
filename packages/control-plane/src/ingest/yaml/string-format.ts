import { isIP } from "node:net";
import type { StringFormat } from "@weft/api";
import { RE2JS } from "re2js";

/** Why `text` has not the format; `undefined` when it has. */
export type FormatCheck = (text: string) => string | undefined;

/** Each format's rule, in one phrase that can follow the value. */
export const FORMAT_CHECKS: Readonly<Record<StringFormat, FormatCheck>> = {
  name: (text) =>
    /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(text)
      ? undefined
      : "is not a name; use lower-case letters, digits, - and .",
  label: (text) =>
    /^[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?$/.test(text)
      ? undefined
      : "is not a name; use letters, digits, - and _",
  host: checkHost,
  ip: (text) => (isIP(text) === 0 ? "is not an IP address" : undefined),
  cidr: checkCidr,
  regex: checkRegex,
  "selector-value": (text) =>
    text.includes("*") ? "has a wildcard, which selectors do not know" : undefined,
  header: (text) =>
    /^:?[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(text) ? undefined : "is not the name of an HTTP header",
  time: (text) =>
    Number.isNaN(Date.parse(text))
      ? "is not a time; write it like 2026-01-31T12:00:00Z"
      : undefined,
  bytes: (text) =>
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
      ? undefined
      : "is not base64",
};

function checkHost(text: string): string | undefined {
  if (text === "*" || isIP(text) !== 0) return undefined;
  if (text.length > 255) return "is longer than 255 characters";
  const labels = (text.startsWith("*") ? text.slice(1).replace(/^\./, "") : text).split(".");
  const isName = labels.every((label) => /^[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?$/.test(label));
  return isName ? undefined : "is not a DNS name; use labels of letters, digits and -, joined by .";
}

function checkCidr(text: string): string | undefined {
  const [address = "", length, ...rest] = text.split("/");
  const family = isIP(address);
  const rule = "is neither an IP address nor a CIDR like 192.0.2.0/24";
  if (family === 0 || rest.length > 0) return rule;
  if (length === undefined) return undefined;
  return /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128) ? undefined : rule;
}

function checkRegex(text: string): string | undefined {
  try {
    RE2JS.compile(text);
    return undefined;
  } catch (error: unknown) {
    const why = error instanceof Error ? error.message : String(error);
    return `is not an RE2 regular expression: ${why}`;
  }
}
