import { create } from "@bufbuild/protobuf";
import type { Cluster_TransportSocketMatch } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import { Cluster_TransportSocketMatchSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { TransportSocket } from "@weft/api/envoy/config/core/v3/base_pb.js";
import type { ClientTls } from "../../model/destination-rule.ts";
import type { Service } from "../../model/service.ts";
import type { Endpoint } from "../../registry/endpoint.ts";
import { speaksMutualTls } from "../endpoint/speaks-mutual-tls.ts";
import { outboundSni } from "../names.ts";
import { compareText, type Scope } from "../scope.ts";
import { outboundFileTls, outboundMutualTls, plainTextSocket } from "../tls/outbound-tls.ts";

/** What decides how connections of an outbound cluster are protected. */
export interface TransportContext {
  readonly scope: Scope;
  readonly service: Service;
  readonly port: number;
  readonly subset: string;
  /** Of the whole service: its identities are expected of each subset too. */
  readonly endpoints: readonly Endpoint[];
  readonly speaksHttp2: boolean;
}

/** The cluster's fields that say so. */
export interface TransportFields {
  readonly transportSocket?: TransportSocket;
  readonly transportSocketMatches?: Cluster_TransportSocketMatch[];
}

/**
 * What the DestinationRule says; without a word from it, mutual TLS with each endpoint that has a sidecar
 * and plain text with the others (Istio's auto mTLS). Outside the mesh there is no automatic TLS.
 */
export function transportFields(
  tls: ClientTls | undefined,
  context: TransportContext,
): TransportFields {
  switch (tls?.mode) {
    case "DISABLE":
      return {};
    case "ISTIO_MUTUAL":
      return { transportSocket: mutualTls(context, tls) };
    case "SIMPLE":
    case "MUTUAL":
      return { transportSocket: externalTls(tls, context) };
    case undefined:
      return isAutomatic(context) ? { transportSocketMatches: socketMatches(context) } : {};
  }
}

/**
 * Istio looks at the namespace alone here: a workload that is STRICT in a namespace with DISABLE is then
 * called in plain text, which it refuses. One endpoint that wants mutual TLS is enough for us.
 */
function isAutomatic({ scope, service, endpoints }: TransportContext): boolean {
  if (!scope.config.enableAutoMtls || service.location !== "mesh-internal") return false;
  return (
    scope.registry.mtlsPolicy(service.namespace, {}, undefined).mode !== "DISABLE" ||
    endpoints.some((endpoint) => speaksMutualTls(endpoint, service, scope))
  );
}

function socketMatches(context: TransportContext): Cluster_TransportSocketMatch[] {
  return [
    create(Cluster_TransportSocketMatchSchema, {
      name: "tlsMode-istio",
      match: { tlsMode: "istio" },
      transportSocket: mutualTls(context),
    }),
    create(Cluster_TransportSocketMatchSchema, {
      name: "tlsMode-disabled",
      match: {},
      transportSocket: plainTextSocket(),
    }),
  ];
}

function mutualTls(context: TransportContext, tls?: ClientTls): TransportSocket {
  const { port, subset, service, speaksHttp2, scope } = context;
  const named = tls?.subjectAltNames ?? [];
  const sni = tls?.sni ?? "";
  return outboundMutualTls({
    sni: sni === "" ? outboundSni({ port, subset, host: service.hostname }) : sni,
    spiffeIds: named.length > 0 ? named : identities(context),
    trustDomain: scope.config.trustDomain,
    speaksHttp2,
  });
}

/** The SPIFFE ids of the service's workloads, and what its ServiceEntry says besides. */
function identities({ endpoints, service, scope }: TransportContext): readonly string[] {
  const { trustDomain } = scope.config;
  const ids = new Set(service.subjectAltNames);
  for (const { serviceAccount, workload } of endpoints) {
    if (serviceAccount === "") continue;
    const namespace = workload?.namespace ?? service.namespace;
    ids.add(`spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`);
  }
  return [...ids].sort(compareText);
}

/** The name that is asked for is the name that is checked, unless the rule gives others. */
function externalTls(tls: ClientTls, { service, speaksHttp2 }: TransportContext): TransportSocket {
  const hostname = service.hostname.startsWith("*") ? "" : service.hostname;
  const sni = tls.sni === "" ? hostname : tls.sni;
  const given = tls.subjectAltNames.length > 0 ? tls.subjectAltNames : service.subjectAltNames;
  return outboundFileTls({
    sni,
    subjectAltNames: given.length > 0 || sni === "" ? given : [sni],
    caCertificates: tls.caCertificates,
    clientCertificate: tls.mode === "MUTUAL" ? tls.clientCertificate : "",
    privateKey: tls.mode === "MUTUAL" ? tls.privateKey : "",
    speaksHttp2,
    skipVerification: tls.insecureSkipVerify,
  });
}
