import { create } from "@bufbuild/protobuf";
import {
  type SubjectAltNameMatcher,
  SubjectAltNameMatcher_SanType,
  SubjectAltNameMatcherSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import {
  type CommonTlsContext_CombinedCertificateValidationContext,
  CommonTlsContext_CombinedCertificateValidationContextSchema,
} from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { agentSecret } from "./secret.ts";

/** Which names of a peer's certificate are accepted. */
export type PeerName =
  | { readonly kind: "uriPrefix"; readonly prefix: string }
  | { readonly kind: "uri"; readonly uri: string }
  | { readonly kind: "dns"; readonly name: string };

/**
 * Trust in a peer: its chain must end at the roots of `rootSecret`, and one of `names` must be in
 * its certificate. Uses `match_typed_subject_alt_names`, since the untyped form that istiod sends
 * would let a DNS name that looks like a SPIFFE id pass.
 */
export function peerValidation(
  rootSecret: string,
  names: readonly PeerName[],
): CommonTlsContext_CombinedCertificateValidationContext {
  return create(CommonTlsContext_CombinedCertificateValidationContextSchema, {
    defaultValidationContext: { matchTypedSubjectAltNames: names.map(sanMatcher) },
    validationContextSdsSecretConfig: agentSecret(rootSecret),
  });
}

/** Envoy's form of one accepted name. */
export function sanMatcher(name: PeerName): SubjectAltNameMatcher {
  const { URI, DNS } = SubjectAltNameMatcher_SanType;
  switch (name.kind) {
    case "uriPrefix":
      return create(SubjectAltNameMatcherSchema, {
        sanType: URI,
        matcher: { matchPattern: { case: "prefix", value: name.prefix } },
      });
    case "uri":
      return create(SubjectAltNameMatcherSchema, {
        sanType: URI,
        matcher: { matchPattern: { case: "exact", value: name.uri } },
      });
    case "dns":
      return create(SubjectAltNameMatcherSchema, {
        sanType: DNS,
        matcher: { matchPattern: { case: "exact", value: name.name } },
      });
  }
}
