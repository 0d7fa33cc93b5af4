import type { ResourceContext } from "../resource-kind.ts";
import type { FieldPath } from "../yaml/field-path.ts";
import type { WrittenTls } from "./destination-rule.ts";

type Field = Exclude<keyof WrittenTls, "mode" | "caCrl" | "credentialName">;

/** What each mode cannot do without, and what it has besides. */
const FIELDS: Readonly<
  Record<WrittenTls["mode"], { readonly needed: readonly Field[]; readonly used: readonly Field[] }>
> = {
  DISABLE: { needed: [], used: [] },
  SIMPLE: { needed: [], used: ["caCertificates", "subjectAltNames", "sni", "insecureSkipVerify"] },
  MUTUAL: {
    needed: ["clientCertificate", "privateKey"],
    used: ["caCertificates", "subjectAltNames", "sni", "insecureSkipVerify"],
  },
  ISTIO_MUTUAL: { needed: [], used: ["subjectAltNames", "sni"] },
};

const OWN_CERTIFICATE: readonly Field[] = ["clientCertificate", "privateKey"];

const ALL: readonly Field[] = [
  "clientCertificate",
  "privateKey",
  "caCertificates",
  "subjectAltNames",
  "sni",
  "insecureSkipVerify",
];

/** A client's TLS: all that its mode needs, and nothing that it would disregard. */
export function reportClientTls(
  tls: WrittenTls,
  path: FieldPath,
  { report }: ResourceContext,
): void {
  const { needed, used } = FIELDS[tls.mode];
  for (const name of ALL) {
    if (needed.includes(name) && !isWritten(tls, name)) {
      report({
        code: "MissingField",
        path: [...path, name],
        message: `mode ${tls.mode} needs it`,
        remedy: "name a PEM file",
      });
    }
    if (isWritten(tls, name) && ![...needed, ...used].includes(name)) {
      report({
        code: "Conflict",
        path: [...path, name],
        message: reasonAgainst(tls.mode),
        remedy: `remove ${name}, or write mode: ${OWN_CERTIFICATE.includes(name) ? "MUTUAL" : "SIMPLE"}`,
      });
    }
  }
  if (tls.insecureSkipVerify !== true || !used.includes("insecureSkipVerify")) return;
  for (const name of ["caCertificates", "subjectAltNames"] as const) {
    if (!isWritten(tls, name)) continue;
    report({
      code: "Conflict",
      path: [...path, name],
      message: "insecureSkipVerify verifies nothing",
      remedy: `remove ${name}, or insecureSkipVerify`,
    });
  }
}

function reasonAgainst(mode: WrittenTls["mode"]): string {
  switch (mode) {
    case "DISABLE":
      return "mode DISABLE has no TLS";
    case "ISTIO_MUTUAL":
      return "mode ISTIO_MUTUAL brings its own certificate";
    default:
      return `mode ${mode} shows no certificate`;
  }
}

function isWritten(tls: WrittenTls, name: Field): boolean {
  const value = tls[name];
  if (value === undefined || value === "" || value === false) return false;
  return !Array.isArray(value) || value.length > 0;
}
