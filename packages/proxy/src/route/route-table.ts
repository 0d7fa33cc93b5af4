/**
 * A RouteConfiguration compiled for matching: immutable, swapped whole. `compileRouteTable` makes it,
 * `matchRoute` reads it; nothing here knows about sockets.
 */
import type { RetryPolicy } from "../retry/retry-policy.ts";
import type { ClusterChoice } from "./action/cluster-choice.ts";
import type { MirrorPolicy } from "./action/mirror-policy.ts";
import type { RedirectAction } from "./action/redirect.ts";
import type { HostRewrite, PathRewrite } from "./action/rewrite.ts";
import type { DomainIndex } from "./match/domain-index.ts";
import type { FractionMatcher } from "./match/fraction.ts";
import type { HeaderMatcher } from "./match/header-matcher.ts";
import type { PathMatcher } from "./match/path-matcher.ts";
import type { QueryMatcher } from "./match/query-matcher.ts";
import type { HeaderMutations } from "./mutation/header-mutations.ts";

/** One compiled RouteConfiguration. */
export interface RouteTable {
  readonly name: string;
  readonly domains: DomainIndex<VirtualHost>;
  /** Match hosts without their port (`ignore_port_in_host_matching`). */
  readonly ignorePort: boolean;
  /** Every cluster that a route names, for make-before-break and warnings. */
  readonly clusterNames: readonly string[];
}

/** `require_tls`: whose plain requests are answered with 301 to https. External is who came from outside. */
export type TlsRequirement = "none" | "external" | "all";

/** The routes of a set of domains. */
export interface VirtualHost {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly tlsRequirement: TlsRequirement;
  readonly includeRequestAttemptCount: boolean;
  readonly includeAttemptCountInResponse: boolean;
}

/** One route: when it applies, and what it does. */
export interface Route {
  readonly name: string;
  readonly virtualHost: VirtualHost;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  /** By filter name, most specific level. */
  readonly filterConfigs: ReadonlyMap<string, unknown>;
  /** filter_metadata: namespace → fields. `weft.dev/origin` says where the route came from. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** All conditions must hold. */
export interface RouteMatch {
  readonly path: PathMatcher;
  readonly headers: readonly HeaderMatcher[];
  readonly query: readonly QueryMatcher[];
  readonly isGrpcOnly: boolean;
  readonly fraction: FractionMatcher | undefined;
}

/** What a matched route does. */
export type RouteAction =
  | ForwardAction
  | RedirectAction
  | { readonly kind: "direct-response"; readonly status: number; readonly body: string }
  /** Inbound routes that only carry filter config. */
  | { readonly kind: "non-forwarding" };

/** Sends the request to a cluster. */
export interface ForwardAction {
  readonly kind: "forward";
  readonly clusters: ClusterChoice;
  readonly clusterNotFoundStatus: number;
  readonly pathRewrite: PathRewrite | undefined;
  readonly hostRewrite: HostRewrite | undefined;
  readonly appendXForwardedHost: boolean;
  /** From the end of the request to the end of the response; 0 is none. */
  readonly timeoutMs: number;
  /** Undefined: the connection manager's stream idle timeout holds. 0: none. */
  readonly idleTimeoutMs: number | undefined;
  /** Longest life of the stream; 0 is none, undefined the connection manager's. */
  readonly maxStreamDurationMs: number | undefined;
  /** The grpc-timeout header may set the timeout up to this; 0: as it says; undefined: ignored. */
  readonly grpcTimeoutMaxMs: number | undefined;
  readonly retry: RetryPolicy | undefined;
  /** How much body is kept for a retry. */
  readonly retryBufferBytes: number;
  readonly mirrors: readonly MirrorPolicy[];
  /** Upgrade type in lower-case → allowed. Overrides the connection manager's. */
  readonly upgrades: ReadonlyMap<string, boolean>;
  /** CONNECT ends here: the cluster gets the bytes inside. */
  readonly terminatesConnect: boolean;
}

/** What `matchRoute` found. */
export interface RouteDecision {
  readonly route: Route;
  /** Empty when the action does not forward, or the cluster header is missing. */
  readonly cluster: string;
  /** Those of the weighted cluster come first, then the route's. */
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  readonly filterConfigs: ReadonlyMap<string, unknown>;
  readonly hostRewrite: HostRewrite | undefined;
}
