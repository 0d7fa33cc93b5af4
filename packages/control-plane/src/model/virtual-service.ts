import type { ExportTo, Labels, Origin, Resource } from "./resource.ts";
import type { StringMatch } from "./string-match.ts";

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export interface VirtualService extends Resource {
  /** Fully qualified, lower case; may begin with `*.` or be `*`. */
  readonly hosts: readonly string[];
  /** `mesh`, or `namespace/name` of a Gateway. Never empty: `["mesh"]` by default. */
  readonly gateways: readonly string[];
  readonly http: readonly HttpRoute[];
  readonly tls: readonly TlsRoute[];
  readonly tcp: readonly TcpRoute[];
  readonly exportTo: ExportTo;
}

/** One rule of `spec.http`, with the line it starts at in `origin`. */
export interface HttpRoute {
  readonly origin: Origin;
  readonly name: string;
  /** Alternatives; empty matches everything. */
  readonly match: readonly HttpMatch[];
  readonly route: readonly HttpDestination[];
  readonly redirect: HttpRedirect | undefined;
  readonly directResponse: DirectResponse | undefined;
  readonly rewrite: HttpRewrite | undefined;
  /** `undefined`: none given, which disables it (Istio's default). */
  readonly timeoutMs: number | undefined;
  /** `undefined`: the mesh's default policy. */
  readonly retries: RetryPolicy | undefined;
  readonly fault: Fault | undefined;
  readonly mirrors: readonly Mirror[];
  readonly cors: CorsPolicy | undefined;
  readonly headers: HeaderOperations;
}

/** All given conditions must hold. */
export interface HttpMatch {
  readonly name: string;
  readonly uri: StringMatch | undefined;
  readonly ignoreUriCase: boolean;
  readonly scheme: StringMatch | undefined;
  readonly method: StringMatch | undefined;
  readonly authority: StringMatch | undefined;
  /** Lower-case name → match; `undefined` (YAML `{}`): it is there. */
  readonly headers: ReadonlyMap<string, StringMatch | undefined>;
  /** Names → match that must not hold; `undefined`: it is not there. */
  readonly withoutHeaders: ReadonlyMap<string, StringMatch | undefined>;
  readonly queryParams: ReadonlyMap<string, StringMatch | undefined>;
  readonly port: number | undefined;
  readonly sourceLabels: Labels;
  readonly sourceNamespace: string;
  /** Fully qualified as {@link VirtualService.gateways}; empty: those of the VirtualService. */
  readonly gateways: readonly string[];
}

/** A host, a subset of it, a port of it. */
export interface Destination {
  /** Fully qualified. */
  readonly host: string;
  /** Empty: the whole service. */
  readonly subset: string;
  readonly port: number | undefined;
}

/** One of the weighted destinations of a rule. */
export interface HttpDestination {
  readonly destination: Destination;
  /** 0 to 100 in practice; of the sum. A lone destination has its weight ignored. */
  readonly weight: number;
  readonly headers: HeaderOperations;
}

/** Header changes on the way to and from a destination. Names lower case, in the user's order. */
export interface HeaderOperations {
  readonly request: HeaderChange;
  readonly response: HeaderChange;
}

/** `set` replaces, `add` appends. */
export interface HeaderChange {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** `uri: {prefix|exact|regex}` rewriting happens by {@link HttpMatch.uri}'s kind, as Istio does. */
export interface HttpRewrite {
  readonly uri: string;
  readonly authority: string;
  readonly uriRegex: { readonly match: string; readonly rewrite: string } | undefined;
}

/** Answers with a redirect. */
export interface HttpRedirect {
  readonly uri: string;
  readonly authority: string;
  readonly port: number | "from-protocol-default" | "from-request-port" | undefined;
  readonly scheme: string;
  /** 301 by default. */
  readonly redirectCode: number;
}

/** Answers without a destination. */
export interface DirectResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry */
export interface RetryPolicy {
  /** 0 turns retries off. */
  readonly attempts: number;
  readonly perTryTimeoutMs: number | undefined;
  /** Empty: Istio's default conditions. Status codes are among them as text. */
  readonly retryOn: string;
  readonly retryRemoteLocalities: boolean | undefined;
  readonly retryIgnorePreviousHosts: boolean | undefined;
  readonly backoffMs: number | undefined;
}

/** Percentages 0 to 100. */
export interface Fault {
  readonly delay: { readonly fixedDelayMs: number; readonly percentage: number } | undefined;
  readonly abort:
    | {
        readonly httpStatus: number | undefined;
        /** 0 to 16. */
        readonly grpcStatus: number | undefined;
        readonly percentage: number;
      }
    | undefined;
}

/** Copies of requests. */
export interface Mirror {
  readonly destination: Destination;
  /** 0 to 100. */
  readonly percentage: number;
}

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/#CorsPolicy */
export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeMs: number | undefined;
  readonly allowCredentials: boolean | undefined;
}

/** What TLS and TCP rules match on, beside SNI. */
export interface L4Match {
  readonly port: number | undefined;
  readonly sourceLabels: Labels;
  readonly sourceNamespace: string;
  readonly gateways: readonly string[];
}

/** A rule of `spec.tls`. */
export interface TlsRoute {
  readonly origin: Origin;
  readonly match: readonly (L4Match & { readonly sniHosts: readonly string[] })[];
  readonly route: readonly L4Destination[];
}

/** A rule of `spec.tcp`. */
export interface TcpRoute {
  readonly origin: Origin;
  readonly match: readonly L4Match[];
  readonly route: readonly L4Destination[];
}

/** One of the weighted destinations of a TCP or TLS rule. */
export interface L4Destination {
  readonly destination: Destination;
  readonly weight: number;
}
