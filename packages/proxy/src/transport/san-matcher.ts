import {
  type CertificateValidationContext,
  SubjectAltNameMatcher_SanType,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type { StringMatcher } from "@weft/api/envoy/type/matcher/v3/string_pb.js";
import { ConfigError } from "@weft/core";
import { RE2JS } from "re2js";
import type { SubjectAltNames } from "./san.ts";

/** Whose certificates are acceptable. */
export interface SanMatcher {
  matches(names: SubjectAltNames): boolean;
  /** What it accepts, for people: `spiffe://cluster.local/ns/a/sa/b, prefix spiffe://other/`. */
  readonly description: string;
}

type TextMatcher = (value: string) => boolean;

/** Longest regular expression of configuration. */
const MAX_PATTERN_LENGTH = 1024;

/** One name that fits is enough; no matcher at all accepts everything. */
export function compileSanMatcher(
  context: CertificateValidationContext | undefined,
  field: string,
): SanMatcher {
  const matchers: SanMatcher["matches"][] = [];
  const typed = context?.matchTypedSubjectAltNames ?? [];
  const untyped = context?.matchSubjectAltNames ?? [];
  for (const [index, { sanType, matcher }] of typed.entries()) {
    const where = `${field}.match_typed_subject_alt_names[${index}]`;
    if (UNSUPPORTED.has(sanType)) throw new ConfigError(`${where}.san_type`, "is unsupported");
    const matches = compileTyped(sanType, matcher, where);
    matchers.push((names) => namesOfType(sanType, names).some(matches));
  }
  for (const [index, entry] of untyped.entries()) {
    const matches = compileText(entry, `${field}.match_subject_alt_names[${index}]`);
    matchers.push(
      ({ uris, dnsNames, emails, ipAddresses }) =>
        uris.some(matches) ||
        dnsNames.some(matches) ||
        emails.some(matches) ||
        ipAddresses.some(matches),
    );
  }
  return {
    matches: (names) => matchers.length === 0 || matchers.some((matches) => matches(names)),
    description: [...typed.map(({ matcher }) => matcher), ...untyped].map(describe).join(", "),
  };
}

function describe(matcher: StringMatcher | undefined): string {
  const pattern = matcher?.matchPattern;
  switch (pattern?.case) {
    case "exact":
      return pattern.value;
    case "safeRegex":
      return `regex ${pattern.value.regex}`;
    default:
      return `${pattern?.case} ${pattern?.value}`;
  }
}

/** A DNS name that is given exactly is compared as host names are (RFC 6125 section 6.4). */
function compileTyped(
  sanType: SubjectAltNameMatcher_SanType,
  matcher: StringMatcher | undefined,
  field: string,
): TextMatcher {
  const pattern = matcher?.matchPattern;
  const isHostName = sanType === SubjectAltNameMatcher_SanType.DNS && pattern?.case === "exact";
  if (!isHostName) return compileText(matcher, field);
  const wanted = pattern.value.toLowerCase();
  // The asterisk of a certificate stands for one whole label, never for none.
  const wildcard = /^[^.]+\../.test(wanted) ? `*${wanted.slice(wanted.indexOf("."))}` : wanted;
  return (value) => {
    const name = value.toLowerCase();
    return name === wanted || name === wildcard;
  };
}

const UNSUPPORTED: ReadonlySet<SubjectAltNameMatcher_SanType> = new Set([
  SubjectAltNameMatcher_SanType.SAN_TYPE_UNSPECIFIED,
  SubjectAltNameMatcher_SanType.OTHER_NAME,
]);

function namesOfType(
  type: SubjectAltNameMatcher_SanType,
  names: SubjectAltNames,
): readonly string[] {
  switch (type) {
    case SubjectAltNameMatcher_SanType.URI:
      return names.uris;
    case SubjectAltNameMatcher_SanType.DNS:
      return names.dnsNames;
    case SubjectAltNameMatcher_SanType.EMAIL:
      return names.emails;
    case SubjectAltNameMatcher_SanType.IP_ADDRESS:
      return names.ipAddresses;
    default:
      return [];
  }
}

function compileText(matcher: StringMatcher | undefined, field: string): TextMatcher {
  const pattern = matcher?.matchPattern;
  const fold = matcher?.ignoreCase === true ? (text: string) => text.toLowerCase() : same;
  switch (pattern?.case) {
    case "exact":
      return (value) => fold(value) === fold(pattern.value);
    case "prefix":
      return (value) => fold(value).startsWith(fold(pattern.value));
    case "suffix":
      return (value) => fold(value).endsWith(fold(pattern.value));
    case "contains":
      return (value) => fold(value).includes(fold(pattern.value));
    case "safeRegex":
      return compileRegex(pattern.value.regex, field);
    default:
      throw new ConfigError(field, "has no pattern that is supported");
  }
}

/** The whole name must match, as in Envoy; RE2 keeps the time linear. */
function compileRegex(source: string, field: string): TextMatcher {
  if (source.length > MAX_PATTERN_LENGTH) throw new ConfigError(field, "pattern is too long");
  try {
    const compiled = RE2JS.compile(source);
    return (value) => compiled.matches(value);
  } catch (error: unknown) {
    throw new ConfigError(field, `"${source}" is not a regular expression`, { cause: error });
  }
}

function same(text: string): string {
  return text;
}
