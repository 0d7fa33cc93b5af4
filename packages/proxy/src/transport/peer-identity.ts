import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { TlsInfo } from "../listener/downstream-connection.ts";
import { readSubjectAltNames, type SubjectAltNames } from "./san.ts";

/** Why a peer that OpenSSL trusts is still not accepted; undefined when it is. */
export function checkPeerNames(
  certificate: X509Certificate,
  acceptsSan: (names: SubjectAltNames) => boolean,
): Error | undefined {
  const names = readSubjectAltNames(certificate);
  // X509-SVID, section 2: exactly one URI, or nobody can say who it is.
  if (names.uris.length > 1) return new Error("peer certificate has more than one URI SAN");
  if (acceptsSan(names)) return undefined;
  const all = [...names.uris, ...names.dnsNames].join(", ");
  return new Error(`peer certificate's names (${all}) match none of the accepted ones`);
}

/** What the finished handshake of `socket` established. */
export function describeTls(
  socket: TLSSocket,
  sni: string,
  localUriSans: readonly string[],
): TlsInfo {
  const peer = socket.getPeerX509Certificate();
  return {
    version: socket.getProtocol() ?? "",
    sni,
    alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : "",
    peerUriSans: peer === undefined ? [] : readSubjectAltNames(peer).uris,
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
