import { ServerCredentials } from "@grpc/grpc-js";
import type { ServerIdentity } from "../ca/server-certificate.ts";

/**
 * TLS of a gRPC server that asks each client for a certificate but also takes those without one (a
 * new workload has only its token). Of a client with a certificate that the root did not sign,
 * grpc-js shows none to the services.
 */
export class RenewedCredentials extends ServerCredentials {
  readonly #rootPem: string;

  constructor(rootPem: string, identity: ServerIdentity) {
    super(
      { requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" },
      toContext(rootPem, identity),
    );
    this.#rootPem = rootPem;
  }

  /** New connections get the new certificate; those that are open stay. */
  renew(identity: ServerIdentity): void {
    this.updateSecureContextOptions(toContext(this.#rootPem, identity));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function toContext(rootPem: string, { certificatePem, privateKeyPem }: ServerIdentity) {
  return { ca: rootPem, cert: certificatePem, key: privateKeyPem };
}
