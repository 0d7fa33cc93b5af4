import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
} from "./x509.ts";

const CRITICAL = true;

/** What a leaf is called: a workload by its SPIFFE id, a server by DNS names. */
export type LeafName = { readonly type: "url" | "dns"; readonly value: string };

/** Extensions of a root that signs leaves and nothing else. */
export async function rootExtensions(publicKey: PublicKey): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, 0, CRITICAL),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, CRITICAL),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/** Extensions of a leaf that both serves and calls; its subject is empty, so the names are critical. */
export async function leafExtensions(
  publicKey: PublicKey,
  issuerKey: PublicKey,
  names: readonly LeafName[],
): Promise<Extension[]> {
  const { serverAuth, clientAuth } = ExtendedKeyUsage;
  return [
    new BasicConstraintsExtension(false, undefined, CRITICAL),
    new KeyUsagesExtension(
      KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment,
      CRITICAL,
    ),
    new ExtendedKeyUsageExtension([serverAuth, clientAuth]),
    // RFC 5280 §4.2.1.6: critical when the subject is empty.
    new SubjectAlternativeNameExtension([...names], CRITICAL),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuerKey),
  ];
}
