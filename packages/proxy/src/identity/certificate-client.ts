import { create } from "@bufbuild/protobuf";
import { type ChannelCredentials, type ChannelOptions, Client, Metadata } from "@grpc/grpc-js";
import {
  IstioCertificateRequestSchema,
  IstioCertificateService,
} from "@weft/api/istio/v1/auth/ca_pb.js";
import type { Clock } from "@weft/core";
import { toMethodDefinition } from "@weft/xds";

/** Asks the CA to sign; answers PEM certificates, leaf first. Rejects with gRPC's error. */
export type RequestCertificate = (request: CertificateRequest) => Promise<readonly string[]>;

/** One call of the CA. */
export interface CertificateRequest {
  readonly csrPem: string;
  /** Proof of identity the first time; later the client certificate is. Never logged. */
  readonly joinToken: string | undefined;
}

/** How the CA is reached. */
export interface CertificateClientConfig {
  readonly target: string;
  /** Asked for each call, so that a renewed certificate proves who we are. */
  readonly credentials: () => ChannelCredentials;
  readonly channelOptions: ChannelOptions;
  readonly clock: Clock;
}

const CREATE_CERTIFICATE = toMethodDefinition(IstioCertificateService.method.createCertificate);

/** A call that hangs would keep the retry from happening. */
const CALL_TIMEOUT_MS = 10_000;

/** Istio's certificate service; a connection for each call, as calls are hours apart. */
export function createCertificateClient(config: CertificateClientConfig): RequestCertificate {
  return ({ csrPem, joinToken }) => {
    const client = new Client(config.target, config.credentials(), config.channelOptions);
    const metadata = new Metadata();
    if (joinToken !== undefined) metadata.set("authorization", `Bearer ${joinToken}`);
    const answer = Promise.withResolvers<readonly string[]>();
    client.makeUnaryRequest(
      CREATE_CERTIFICATE.path,
      CREATE_CERTIFICATE.requestSerialize,
      CREATE_CERTIFICATE.responseDeserialize,
      create(IstioCertificateRequestSchema, { csr: csrPem }),
      metadata,
      { deadline: config.clock.wallMs() + CALL_TIMEOUT_MS },
      (error, response) => {
        client.close();
        if (error !== null) answer.reject(error);
        else answer.resolve(response?.certChain ?? []);
      },
    );
    return answer.promise;
  };
}
