import { X509Certificate } from "node:crypto";
import { type Clock, parseSpiffeId, type SpiffeId, type WorkloadIdentity } from "@weft/core";

/** A workload that proved who it is, or why it did not. */
export type PeerVerdict =
  | { readonly kind: "proved"; readonly identity: WorkloadIdentity & { readonly id: SpiffeId } }
  | { readonly kind: "refused"; readonly reason: string };

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
/** Node writes the names as `URI:spiffe://…`; ours need no quoting, so nothing quoted is accepted. */
const SINGLE_URI = /^URI:(spiffe:\/\/[^",\s]+)$/;

/**
 * Says who presented `der`. The TLS handshake proved possession of its key, and grpc-js hands on only
 * chains that Node's TLS accepts at the handshake; but a stream outlives a handshake, and who may be
 * whom should not hang on another library's flag, so everything is checked again here.
 */
export function verifyPeerCertificate(
  der: Uint8Array,
  options: { readonly root: X509Certificate; readonly trustDomain: string; readonly clock: Clock },
): PeerVerdict {
  const { root, trustDomain, clock } = options;
  const refused = (reason: string): PeerVerdict => ({ kind: "refused", reason });
  try {
    const certificate = new X509Certificate(der);
    const { validFromDate, validToDate } = certificate;
    const nowMs = clock.wallMs();
    if (certificate.ca) return refused("the client's certificate is a CA's");
    if (!certificate.checkIssued(root) || !certificate.verify(root.publicKey)) {
      return refused("the client's certificate is not signed by the mesh's root");
    }
    if (nowMs < validFromDate.getTime())
      return refused("the client's certificate is not valid yet");
    if (nowMs >= validToDate.getTime()) return refused("the client's certificate has expired");
    if (!certificate.keyUsage?.includes(CLIENT_AUTH)) {
      return refused("the client's certificate is not meant for clients");
    }
    const uri = SINGLE_URI.exec(certificate.subjectAltName ?? "")?.[1];
    if (uri === undefined) return refused("the client's certificate has no single SPIFFE id");
    const identity = parseSpiffeId(uri);
    if (identity.trustDomain !== trustDomain) {
      return refused(`the client is of the trust domain ${identity.trustDomain}`);
    }
    return { kind: "proved", identity };
  } catch {
    // Whatever makes a certificate unreadable, it proves nothing.
    return refused("the client's certificate cannot be read");
  }
}
