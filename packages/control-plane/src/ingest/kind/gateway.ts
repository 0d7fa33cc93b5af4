import { resourceSchema, type ValueOf } from "@weft/api";
import type { Gateway, GatewayHost, GatewayServer, ServerTls } from "../../model/gateway.ts";
import { defineKind, type ResourceContext } from "../resource-kind.ts";
import type { FieldPath } from "../yaml/field-path.ts";
import { FORMAT_CHECKS } from "../yaml/string-format.ts";
import { toLabels } from "./label-map.ts";

type Written = ValueOf<typeof resourceSchema.gateway>["spec"]["servers"][number];
type Protocol = GatewayServer["port"]["protocol"];

const TLS_PROTOCOLS: ReadonlySet<Protocol> = new Set(["HTTPS", "TLS"]);

const PLAIN_HTTP: ReadonlySet<Protocol> = new Set(["HTTP", "HTTP2", "GRPC", "GRPC-WEB"]);

/** networking.istio.io Gateway. */
export const gatewayKind = defineKind({
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  kind: "Gateway",
  schema: resourceSchema.gateway,
  parse({ spec }, context) {
    const names = new Set<string>();
    const servers = spec.servers.map((server, index) => {
      const path = ["spec", "servers", index];
      if (server.name !== undefined && names.has(server.name)) {
        context.report({
          code: "DuplicateName",
          path: [...path, "name"],
          message: `there are two servers ${JSON.stringify(server.name)}`,
          remedy: "rename one of them",
        });
      }
      names.add(server.name ?? "");
      return parseServer(server, path, context);
    });
    const gateway: Gateway = { ...context.resource, selector: toLabels(spec.selector), servers };
    return { gateways: [gateway] };
  },
});

function parseServer(written: Written, path: FieldPath, context: ResourceContext): GatewayServer {
  const protocol = parseProtocol(written.port.protocol, [...path, "port", "protocol"], context);
  reportTls(written, protocol, path, context);
  return {
    origin: context.originAt(path),
    name: written.name ?? "",
    port: { number: written.port.number, name: written.port.name, protocol },
    bind: written.bind ?? "",
    hosts: written.hosts.map((host, index) => parseHost(host, [...path, "hosts", index], context)),
    tls: toServerTls(written.tls),
  };
}

/** Any case, as in Istio. */
function parseProtocol(text: string, path: FieldPath, { report }: ResourceContext): Protocol {
  const upper = text.toUpperCase();
  const known = resourceSchema.gatewayProtocols.find((each) => each === upper);
  if (known === undefined) {
    report({
      code: "InvalidValue",
      path,
      message: `${JSON.stringify(text)} is not a protocol a gateway can serve`,
      remedy: `write one of ${resourceSchema.gatewayProtocols.join(", ")}`,
    });
  }
  return known ?? "HTTP";
}

/** `host`, or `namespace/host`. */
function parseHost(text: string, path: FieldPath, context: ResourceContext): GatewayHost {
  const slash = text.indexOf("/");
  const namespace = slash < 0 ? "*" : text.slice(0, slash);
  const host = text.slice(slash + 1).toLowerCase();
  const broken = host === "" ? "has no host" : FORMAT_CHECKS.host(host);
  if (broken !== undefined || namespace === "") {
    context.report({
      code: "InvalidValue",
      path,
      message: `${JSON.stringify(text)} ${broken ?? "has no namespace before the /"}`,
      remedy: "write it like bookinfo.example.com, *.example.com, * or namespace/host",
    });
  }
  return { namespace: namespace === "." ? context.resource.namespace : namespace, host };
}

/** What the protocol, the mode and the files must be to each other. */
function reportTls(
  { tls }: Written,
  protocol: Protocol,
  path: FieldPath,
  { report }: ResourceContext,
): void {
  if (TLS_PROTOCOLS.has(protocol) && tls === undefined) {
    report({
      code: "MissingField",
      path: [...path, "tls"],
      message: `protocol ${protocol} needs it`,
      remedy: "add tls: { mode: SIMPLE, serverCertificate: …, privateKey: … }",
    });
  }
  if (tls?.httpsRedirect === true && protocol !== "HTTP") {
    report({
      code: "Conflict",
      path: [...path, "tls", "httpsRedirect"],
      message: `only protocol HTTP can redirect to HTTPS, not ${protocol}`,
      remedy: "put it on the HTTP server",
    });
  }
  reportPlainTls(tls, protocol, [...path, "tls"], report);
  const needed = neededFiles(tls, protocol);
  for (const name of needed) {
    if ((tls?.[name] ?? "") !== "") continue;
    report({
      code: "MissingField",
      path: [...path, "tls", name],
      message: `mode ${tls?.mode ?? "PASSTHROUGH"} needs it`,
      remedy: "name a PEM file",
    });
  }
}

/** HTTP in plain text would be served where TLS was asked for. */
function reportPlainTls(
  tls: Written["tls"],
  protocol: Protocol,
  path: FieldPath,
  report: ResourceContext["report"],
): void {
  const { mode = "PASSTHROUGH", serverCertificate = "", privateKey = "" } = tls ?? {};
  const asksForTls = mode !== "PASSTHROUGH" || serverCertificate !== "" || privateKey !== "";
  if (!PLAIN_HTTP.has(protocol) || !asksForTls) return;
  report({
    code: "Conflict",
    path,
    message: `protocol ${protocol} has no TLS`,
    remedy: "write protocol: HTTPS, or keep httpsRedirect alone",
  });
}

function neededFiles(
  tls: Written["tls"],
  protocol: Protocol,
): readonly ("serverCertificate" | "privateKey" | "caCertificates")[] {
  if (tls === undefined || !TLS_PROTOCOLS.has(protocol)) return [];
  if (tls.mode === "SIMPLE") return ["serverCertificate", "privateKey"];
  if (tls.mode === "MUTUAL") return ["serverCertificate", "privateKey", "caCertificates"];
  return [];
}

function toServerTls(written: Written["tls"]): ServerTls | undefined {
  if (written === undefined) return undefined;
  return {
    mode: written.mode ?? "PASSTHROUGH",
    httpsRedirect: written.httpsRedirect ?? false,
    serverCertificate: written.serverCertificate ?? "",
    privateKey: written.privateKey ?? "",
    caCertificates: written.caCertificates ?? "",
    subjectAltNames: written.subjectAltNames ?? [],
    minProtocolVersion: toTlsVersion(written.minProtocolVersion),
    maxProtocolVersion: toTlsVersion(written.maxProtocolVersion),
  };
}

function toTlsVersion(
  written: "TLS_AUTO" | "TLSV1_2" | "TLSV1_3" | undefined,
): "TLSV1_2" | "TLSV1_3" | undefined {
  return written === "TLS_AUTO" ? undefined : written;
}
