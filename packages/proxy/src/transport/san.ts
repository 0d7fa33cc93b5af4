import type { X509Certificate } from "node:crypto";

/** The subject alternative names of a certificate, by kind. */
export interface SubjectAltNames {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  readonly ipAddresses: readonly string[];
}

const NONE: SubjectAltNames = { uris: [], dnsNames: [], emails: [], ipAddresses: [] };
/** `URI:spiffe://…, DNS:"quoted, when it holds separators"`; Node quotes as JSON does. */
const ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

/** Reads the names from Node's own rendering, which quotes whatever could be taken for a separator. */
export function readSubjectAltNames(certificate: X509Certificate): SubjectAltNames {
  const text = certificate.subjectAltName;
  if (text === undefined) return NONE;
  const uris: string[] = [];
  const dnsNames: string[] = [];
  const emails: string[] = [];
  const ipAddresses: string[] = [];
  for (const [, kind, raw = ""] of text.matchAll(ENTRY)) {
    const value = raw.startsWith('"') ? String(JSON.parse(raw)) : raw;
    if (kind === "URI") uris.push(value);
    else if (kind === "DNS") dnsNames.push(value);
    else if (kind === "email") emails.push(value);
    else if (kind === "IP Address") ipAddresses.push(toCanonicalIp(value));
  }
  return { uris, dnsNames, emails, ipAddresses };
}

/** Node writes IPv6 in full and upper case; whoever configures a matcher does not. */
function toCanonicalIp(address: string): string {
  if (!address.includes(":")) return address;
  return URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? address;
}
