import { X509Certificate } from "node:crypto";
import type { Clock } from "@weft/core";
import { readSubjectAltNames, type SubjectAltNames } from "../transport/san.ts";
import type { SecretSource } from "../transport/secret-source.ts";
import { type AdminAnswer, JSON_TYPE } from "./admin-server.ts";

const MS_PER_DAY = 86_400_000;

/** `/certs`: who we are and whom we trust, as certificates, never keys. */
export function renderCerts(
  secrets: SecretSource,
  names: { readonly certificate: string; readonly root: string },
  clock: Clock,
): AdminAnswer {
  const own = secrets.get(names.certificate);
  const trusted = secrets.get(names.root);
  const certificate = {
    ca_cert: trusted?.kind === "validation" ? describe(trusted.trustedCaPem, clock) : [],
    cert_chain: own?.kind === "certificate" ? describe(own.certificateChainPem, clock) : [],
  };
  return {
    contentType: JSON_TYPE,
    body: `${JSON.stringify({ certificates: [certificate] }, null, 1)}\n`,
  };
}

function describe(pem: string, clock: Clock) {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    const certificate = new X509Certificate(block);
    const leftMs = Date.parse(certificate.validTo) - clock.wallMs();
    return {
      serial_number: certificate.serialNumber.toLowerCase(),
      subject_alt_names: describeNames(readSubjectAltNames(certificate)),
      days_until_expiration: String(Math.max(0, Math.floor(leftMs / MS_PER_DAY))),
      valid_from: new Date(certificate.validFrom).toISOString(),
      expiration_time: new Date(certificate.validTo).toISOString(),
    };
  });
}

function describeNames({ uris, dnsNames, ipAddresses }: SubjectAltNames) {
  return [
    ...uris.map((uri) => ({ uri })),
    ...dnsNames.map((dns) => ({ dns })),
    ...ipAddresses.map((address) => ({ ip_address: address })),
  ];
}
