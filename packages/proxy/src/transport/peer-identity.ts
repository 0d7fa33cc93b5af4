import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { TlsInfo } from "../listener/downstream-connection.ts";
import { readSubjectAltNames } from "./san.ts";
import type { SanMatcher } from "./san-matcher.ts";

/** Why a peer that OpenSSL trusts is still not accepted; undefined when it is. */
export function checkPeerNames(
  certificate: X509Certificate,
  accepted: SanMatcher,
): Error | undefined {
  const names = readSubjectAltNames(certificate);
  // X509-SVID, section 2: exactly one URI, or nobody can say who it is.
  if (names.uris.length > 1) return new Error("peer certificate has more than one URI SAN");
  if (accepted.matches(names)) return undefined;
  const { uris, dnsNames, emails, ipAddresses } = names;
  const all = [...uris, ...dnsNames, ...emails, ...ipAddresses].join(", ") || "none";
  return new Error(
    `peer certificate's names (${all}) match none of the accepted ones (${accepted.description})`,
  );
}

/** OpenSSL's reason without its file names and line ends; other errors stay what they are. */
export function readableTlsError(error: Error & { readonly reason?: unknown }): Error {
  if (typeof error.reason !== "string") return error;
  return new Error(error.reason, { cause: error });
}

/** What the finished handshake of `socket` established. */
export function describeTls(
  socket: TLSSocket,
  sni: string,
  localUriSans: readonly string[],
  peer: X509Certificate | undefined = socket.getPeerX509Certificate(),
): TlsInfo {
  const names = peer === undefined ? undefined : readSubjectAltNames(peer);
  return {
    version: socket.getProtocol() ?? "",
    sni,
    alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : "",
    peerUriSans: names?.uris ?? [],
    peerDnsSans: names?.dnsNames ?? [],
    ...(peer !== undefined && { peerCertificatePem: peer.toString() }),
    localUriSans,
    peerCertificateSha256:
      peer === undefined ? "" : peer.fingerprint256.replaceAll(":", "").toLowerCase(),
    peerSubject: peer?.subject === undefined ? "" : formatSubject(peer.subject),
  };
}

/** The URI SANs of our own leaf. */
export function readUriSans(certificateChainPem: string): readonly string[] {
  if (certificateChainPem === "") return [];
  return readSubjectAltNames(new X509Certificate(certificateChainPem)).uris;
}

/** Node prints one attribute a line, first to last; RFC 2253 wants them last to first, with commas. */
function formatSubject(subject: string): string {
  return subject.split("\n").reverse().join(",");
}
