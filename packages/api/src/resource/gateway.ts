import {
  array,
  boolean,
  map,
  object,
  port,
  required,
  string,
  unchecked,
  unsupported,
  word,
} from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

const onOneMachine = "name PEM files: serverCertificate, privateKey, caCertificates";
const tlsVersions = ["TLS_AUTO", "TLSV1_2", "TLSV1_3"] as const;
const oldTlsVersions = ["TLSV1_0", "TLSV1_1"];

const tls = object({
  mode: word(
    ["PASSTHROUGH", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL", "AUTO_PASSTHROUGH"],
    ["OPTIONAL_MUTUAL"],
  ),
  httpsRedirect: boolean(),
  serverCertificate: string(),
  privateKey: string(),
  caCertificates: string(),
  caCertCredentialName: unsupported(onOneMachine),
  caCrl: unsupported(),
  cipherSuites: unsupported(),
  credentialName: unsupported(onOneMachine),
  credentialNames: unsupported(onOneMachine),
  ecdhCurves: unsupported(),
  insecureSkipVerify: unsupported(),
  minProtocolVersion: word(tlsVersions, oldTlsVersions),
  maxProtocolVersion: word(tlsVersions, oldTlsVersions),
  subjectAltNames: array(string({ minLength: 1 })),
  tlsCertificates: unsupported(onOneMachine),
  verifyCertificateHash: unsupported(),
  verifyCertificateSpki: unsupported(),
});

/** Protocols of a Gateway's port, as `port.protocol` spells them. */
export const gatewayProtocols = [
  "HTTP",
  "HTTP2",
  "GRPC",
  "GRPC-WEB",
  "HTTPS",
  "TLS",
  "TCP",
  "MONGO",
] as const;

/** The whole document. https://istio.io/latest/docs/reference/config/networking/gateway/ */
export const gateway = object({
  ...documentFields,
  spec: required(
    object({
      selector: map(string({ format: "selector-value" })),
      servers: required(
        array(
          object({
            name: string(),
            port: required(
              object({
                number: required(port()),
                name: required(string({ minLength: 1 })),
                protocol: required(string({ minLength: 1 })),
                targetPort: unsupported("it has no effect in Istio either"),
              }),
            ),
            bind: string({ format: "ip" }),
            defaultEndpoint: unsupported(),
            hosts: required(array(string({ minLength: 1 }), { minItems: 1 })),
            tls,
          }),
          { minItems: 1 },
        ),
      ),
    }),
  ),
  status: unchecked(),
});
