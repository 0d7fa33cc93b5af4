import type { TlsInfo } from "../../listener/downstream-connection.ts";
import type { HeaderMap } from "../header-map.ts";

/** What becomes of x-forwarded-client-cert, in Envoy's words. */
export type ClientCertificateMode =
  | "SANITIZE"
  | "FORWARD_ONLY"
  | "APPEND_FORWARD"
  | "SANITIZE_SET"
  | "ALWAYS_FORWARD_ONLY";

/** Which facts of the peer's certificate are told. `By` and `Hash` always are. */
export interface ClientCertificateRules {
  readonly mode: ClientCertificateMode;
  readonly subject: boolean;
  readonly uri: boolean;
  readonly dns: boolean;
  /** The certificate itself, in PEM, URL-encoded. */
  readonly cert: boolean;
}

const HEADER = "x-forwarded-client-cert";

/**
 * Removes, keeps, sets or extends x-forwarded-client-cert. Only a connection with a client certificate
 * may add to it, and only then is what came before believed.
 */
export function applyClientCertificate(
  headers: HeaderMap,
  tls: TlsInfo | undefined,
  rules: ClientCertificateRules,
): void {
  if (rules.mode === "ALWAYS_FORWARD_ONLY") return;
  const isMutual = tls !== undefined && tls.peerCertificateSha256 !== "";
  if (!isMutual || rules.mode === "SANITIZE") {
    if (headers.has(HEADER)) headers.remove(HEADER);
    return;
  }
  if (rules.mode === "FORWARD_ONLY") return;
  const element = formatElement(tls, rules);
  const before = rules.mode === "APPEND_FORWARD" ? headers.joined(HEADER) : undefined;
  headers.set(HEADER, before === undefined ? element : `${before},${element}`);
}

/** `By=spiffe://…;Hash=…;Cert="…";Subject="…";URI=spiffe://…;DNS=…` in Envoy's order. */
function formatElement(tls: TlsInfo, rules: ClientCertificateRules): string {
  const pairs: string[] = tls.localUriSans.map((san) => `By=${quoted(san)}`);
  pairs.push(`Hash=${tls.peerCertificateSha256}`);
  if (rules.cert && tls.peerCertificatePem !== undefined)
    pairs.push(`Cert="${encodeURIComponent(tls.peerCertificatePem)}"`);
  if (rules.subject) pairs.push(`Subject="${escaped(tls.peerSubject)}"`);
  // Envoy names the key also where there is nothing to say.
  if (rules.uri && tls.peerUriSans.length === 0) pairs.push("URI=");
  if (rules.uri) for (const san of tls.peerUriSans) pairs.push(`URI=${quoted(san)}`);
  if (rules.dns) for (const san of tls.peerDnsSans ?? []) pairs.push(`DNS=${quoted(san)}`);
  return pairs.join(";");
}

/** A name that holds the header's own separators must not read as another element. */
function quoted(value: string): string {
  return /[,;="]/.test(value) ? `"${escaped(value)}"` : value;
}

function escaped(value: string): string {
  return value.replaceAll('"', '\\"');
}
