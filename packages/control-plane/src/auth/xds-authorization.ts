import type { X509Certificate } from "node:crypto";
import { type Clock, ConfigError, type WorkloadIdentity } from "@weft/core";
import type { XdsPeer } from "@weft/xds";
import { verifyPeerCertificate } from "./peer-certificate.ts";

/** Says why a client gets no configuration; `undefined` lets it in. */
export type AuthorizeXds = (peer: XdsPeer) => string | undefined;

/**
 * A client gets the configuration of the node that it says to be only when its certificate proves
 * that node's namespace and service account; configuration shows who talks to whom.
 */
export function createXdsAuthorization(options: {
  readonly root: X509Certificate;
  readonly trustDomain: string;
  readonly clock: Clock;
}): AuthorizeXds {
  return ({ node, certificate }) => {
    if (certificate === undefined) {
      return "a valid client certificate of this mesh is needed; get one from the certificate service first";
    }
    const verdict = verifyPeerCertificate(certificate, options);
    if (verdict.kind === "refused") return verdict.reason;
    const { identity } = verdict;
    const claims = readClaims(node);
    if (claims instanceof ConfigError) return claims.message;
    const isAgreed =
      claims.namespace === identity.namespace && claims.serviceAccount === identity.serviceAccount;
    if (isAgreed) return undefined;
    return `the node says namespace "${claims.namespace}" and service account "${claims.serviceAccount}", its certificate says ${identity.id}`;
  };
}

type Claims = Pick<WorkloadIdentity, "namespace" | "serviceAccount">;

/** Who a node says it is: the namespace of its id, which must be that of its metadata, and its account. */
function readClaims(node: XdsPeer["node"]): Claims | ConfigError {
  const [, , podAndNamespace = "", , ...rest] = node.id.split("~");
  const dot = podAndNamespace.lastIndexOf(".");
  if (dot < 1 || rest.length > 0) {
    return new ConfigError("node.id", `"${node.id}" is not KIND~ADDRESS~POD.NAMESPACE~DOMAIN`);
  }
  const namespace = podAndNamespace.slice(dot + 1);
  const metadata = node.metadata ?? {};
  const metadataNamespace = metadata.NAMESPACE ?? namespace;
  if (metadataNamespace !== namespace) {
    return new ConfigError("node.metadata.NAMESPACE", "is another namespace than the node id's");
  }
  const serviceAccount = metadata.SERVICE_ACCOUNT;
  if (typeof serviceAccount !== "string") {
    return new ConfigError("node.metadata.SERVICE_ACCOUNT", "is missing");
  }
  return { namespace, serviceAccount };
}
