import { create } from "@bufbuild/protobuf";
import {
  type Filter,
  type FilterChain,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { MtlsMode } from "../../model/peer-authentication.ts";
import type { Origin } from "../../model/resource.ts";
import type { MtlsPolicy } from "../../registry/mtls-mode.ts";
import { inboundMetadata } from "../origin.ts";
import type { Inspection } from "../protocol.ts";
import { inboundMutualTls } from "../tls/inbound-tls.ts";

/** ALPN of a sidecar that knows it speaks HTTP. */
const MTLS_HTTP = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];
/** ALPN of a sidecar that does not say what it speaks. */
const MTLS_TCP = ["istio-peer-exchange", "istio"];
const MTLS_ANY = ["istio", "istio-peer-exchange", ...MTLS_HTTP];
/** What the HTTP inspector finds in plain bytes. */
const PLAIN_HTTP = ["http/1.1", "h2c"];

interface ChainKind {
  /** Absent: any. */
  readonly transport?: "tls" | "raw_buffer";
  readonly applications?: readonly string[];
  readonly isHttp: boolean;
  /** Mutual TLS ends here; otherwise bytes go on as they are. */
  readonly endsTls: boolean;
}

/**
 * Which connections an inbound port takes, by its PeerAuthentication and what its bytes may be. This is
 * Istio's table (`pilot/pkg/networking/core/listener_inbound.go`).
 */
const CHAINS: Readonly<Record<MtlsMode, Readonly<Record<Inspection, readonly ChainKind[]>>>> = {
  STRICT: {
    http: [{ transport: "tls", isHttp: true, endsTls: true }],
    tcp: [{ transport: "tls", isHttp: false, endsTls: true }],
    auto: [
      { transport: "tls", applications: MTLS_HTTP, isHttp: true, endsTls: true },
      { transport: "tls", isHttp: false, endsTls: true },
    ],
  },
  PERMISSIVE: {
    http: [
      { transport: "tls", applications: MTLS_ANY, isHttp: true, endsTls: true },
      { transport: "raw_buffer", isHttp: true, endsTls: false },
    ],
    tcp: [
      { transport: "tls", applications: MTLS_TCP, isHttp: false, endsTls: true },
      { transport: "raw_buffer", isHttp: false, endsTls: false },
      { transport: "tls", isHttp: false, endsTls: false },
    ],
    auto: [
      { transport: "tls", applications: MTLS_HTTP, isHttp: true, endsTls: true },
      { transport: "raw_buffer", applications: PLAIN_HTTP, isHttp: true, endsTls: false },
      { transport: "tls", applications: MTLS_TCP, isHttp: false, endsTls: true },
      { transport: "raw_buffer", isHttp: false, endsTls: false },
      { transport: "tls", isHttp: false, endsTls: false },
    ],
  },
  DISABLE: {
    http: [{ isHttp: true, endsTls: false }],
    tcp: [{ isHttp: false, endsTls: false }],
    auto: [
      { transport: "raw_buffer", applications: PLAIN_HTTP, isHttp: true, endsTls: false },
      { isHttp: false, endsTls: false },
    ],
  },
};

/** What an inbound port's chains have in common. */
export interface InboundChains {
  readonly policy: MtlsPolicy;
  readonly inspection: Inspection;
  /** In a listener that takes all ports; 0: the listener has this port only. */
  readonly destinationPort: number;
  readonly trustDomain: string;
  readonly origin: Origin | undefined;
  readonly name: (isHttp: boolean) => string;
  readonly filter: (isHttp: boolean) => Filter;
}

/** The filter chains of one inbound port, in Istio's order. */
export function buildInboundChains(chains: InboundChains): FilterChain[] {
  const { destinationPort, trustDomain, policy } = chains;
  return CHAINS[policy.mode][chains.inspection].map((kind) =>
    create(FilterChainSchema, {
      name: chains.name(kind.isHttp),
      filterChainMatch: {
        ...(destinationPort === 0 ? {} : { destinationPort }),
        transportProtocol: kind.transport ?? "",
        applicationProtocols: [...(kind.applications ?? [])],
      },
      filters: [chains.filter(kind.isHttp)],
      ...(kind.endsTls ? { transportSocket: inboundMutualTls(trustDomain) } : {}),
      metadata: inboundMetadata(chains.origin, policy.origin),
    }),
  );
}
