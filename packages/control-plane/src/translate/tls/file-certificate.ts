import { create } from "@bufbuild/protobuf";
import {
  type CertificateValidationContext,
  CertificateValidationContextSchema,
  type TlsCertificate,
  TlsCertificateSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import { type PeerName, sanMatcher } from "./peer-validation.ts";

/** Where most systems keep their roots. */
const SYSTEM_ROOTS_FILE = "/etc/ssl/certs/ca-certificates.crt";

/** A certificate and its key, in PEM files that the proxy reads itself. */
export function fileCertificate(certificateFile: string, keyFile: string): TlsCertificate {
  return create(TlsCertificateSchema, {
    certificateChain: { specifier: { case: "filename", value: certificateFile } },
    privateKey: { specifier: { case: "filename", value: keyFile } },
  });
}

/** Trust in the roots of a PEM file; empty or `system`: the machine's own. No names: any. */
export function fileValidation(
  caFile: string,
  names: readonly PeerName[],
): CertificateValidationContext {
  const filename = caFile === "" || caFile === "system" ? SYSTEM_ROOTS_FILE : caFile;
  return create(CertificateValidationContextSchema, {
    trustedCa: { specifier: { case: "filename", value: filename } },
    matchTypedSubjectAltNames: names.map(sanMatcher),
  });
}
