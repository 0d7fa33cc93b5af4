import { X509Certificate } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  type Server,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import {
  type IstioCertificateRequest,
  type IstioCertificateResponse,
  IstioCertificateResponseSchema,
  IstioCertificateService,
} from "@weft/api/istio/v1/auth/ca_pb.js";
import {
  type Clock,
  ConfigError,
  type Log,
  MeshError,
  parseSpiffeId,
  type SpiffeId,
  toError,
} from "@weft/core";
import { toServiceDefinition } from "@weft/xds";
import { verifyPeerCertificate } from "../auth/peer-certificate.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import { consumeJoinToken } from "./join-token.ts";
import { parseSigningRequest } from "./signing-request.ts";

/** What {@link addCertificateService} needs. */
export interface CertificateServiceConfig {
  readonly ca: CertificateAuthority;
  /** Folder of join tokens. */
  readonly tokenFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onOutcome?: (outcome: "signed" | "refused" | "failed") => void;
}

type Call = ServerUnaryCall<IstioCertificateRequest, IstioCertificateResponse>;

/**
 * Serves Istio's certificate service. A caller is who its join token says (once), or who its present
 * certificate says (renewal); what the signing request claims about identity is ignored.
 */
export function addCertificateService(server: Server, config: CertificateServiceConfig): void {
  server.addService(toServiceDefinition(IstioCertificateService), {
    createCertificate(call: Call, respond: sendUnaryData<IstioCertificateResponse>) {
      const answer = createCertificate(call, config).then(
        (response) => {
          config.onOutcome?.("signed");
          respond(null, response);
        },
        (thrown) => respond(toServiceError(toError(thrown), config)),
      );
      void answer;
    },
  });
}

/** The caller did not prove who it is. */
class Unauthenticated extends MeshError {
  constructor(message: string) {
    super("Unauthenticated", message);
  }
}

async function createCertificate(
  call: Call,
  config: CertificateServiceConfig,
): Promise<IstioCertificateResponse> {
  const { ca, log } = config;
  // Before the token is consumed: a request that cannot be signed must not cost it.
  const publicKey = await parseSigningRequest(call.request.csr);
  const { identity, proof } = await authenticate(call, config);
  const askedMs = Number(call.request.validityDuration) * 1000;
  const leafPem = await ca.signWorkload({
    publicKey,
    identity,
    ...(askedMs > 0 && { maxLifetimeMs: askedMs }),
  });
  log.info("signed a certificate", { identity, proof });
  return create(IstioCertificateResponseSchema, { certChain: [leafPem, ca.rootCertificatePem] });
}

async function authenticate(
  call: Call,
  config: CertificateServiceConfig,
): Promise<{ readonly identity: SpiffeId; readonly proof: "token" | "certificate" }> {
  const { ca, clock, tokenFolder } = config;
  const token = bearerToken(call);
  if (token !== undefined) {
    const { identity } = await consumeJoinToken(tokenFolder, token, clock);
    const { trustDomain } = parseSpiffeId(identity);
    if (trustDomain !== ca.trustDomain) {
      throw new Unauthenticated(`the join token is for the trust domain ${trustDomain}`);
    }
    return { identity, proof: "token" };
  }
  const der = call.getAuthContext().sslPeerCertificate?.raw;
  if (der === undefined) {
    throw new Unauthenticated(
      "neither a join token nor a valid certificate of this mesh was presented",
    );
  }
  const root = new X509Certificate(ca.rootCertificatePem);
  const verdict = verifyPeerCertificate(der, { root, trustDomain: ca.trustDomain, clock });
  if (verdict.kind === "refused") throw new Unauthenticated(verdict.reason);
  return { identity: verdict.identity.id, proof: "certificate" };
}

function bearerToken(call: Call): string | undefined {
  const [authorization] = call.metadata.get("authorization");
  if (typeof authorization !== "string") return undefined;
  return /^Bearer (.+)$/i.exec(authorization)?.[1];
}

function toServiceError(error: Error, config: CertificateServiceConfig): Partial<ServiceError> {
  const { log, onOutcome } = config;
  if (error instanceof ConfigError) {
    onOutcome?.("refused");
    return { code: status.INVALID_ARGUMENT, details: error.message };
  }
  if (error instanceof MeshError) {
    onOutcome?.("refused");
    log.warn("refused to sign a certificate", { reason: error.message });
    return { code: status.UNAUTHENTICATED, details: error.message };
  }
  onOutcome?.("failed");
  log.error("cannot sign a certificate", { reason: error.message });
  return { code: status.INTERNAL, details: "the certificate could not be signed" };
}
