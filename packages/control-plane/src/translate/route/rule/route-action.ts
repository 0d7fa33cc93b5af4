import { create } from "@bufbuild/protobuf";
import {
  type RouteAction,
  type RouteAction_RequestMirrorPolicy,
  RouteAction_RequestMirrorPolicySchema,
  RouteActionSchema,
  type WeightedCluster_ClusterWeight,
  WeightedCluster_ClusterWeightSchema,
  WeightedClusterSchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { HttpDestination, HttpRewrite, HttpRoute } from "../../../model/virtual-service.ts";
import { fractionFromPercent } from "../../message/fraction.ts";
import { durationFromMs } from "../../message/wire-duration.ts";
import { destinationCluster } from "./destination-cluster.ts";
import { authorityFrom, buildHeaderFields } from "./header-operations.ts";
import type { RuleContext } from "./http-route.ts";
import { buildRetryPolicy } from "./retry-policy.ts";

/** Where a rule sends requests, and how long and how often it tries. */
export function buildRouteAction(rule: HttpRoute, context: RuleContext): RouteAction {
  const timeout = durationFromMs(rule.timeoutMs ?? 0);
  const retryPolicy = buildRetryPolicy(rule.retries, context.scope);
  return create(RouteActionSchema, {
    clusterSpecifier: clusterSpecifier(rule, context),
    ...rewriteFields(rule),
    timeout,
    maxGrpcTimeout: timeout,
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    requestMirrorPolicies: mirrorPolicies(rule, context),
  });
}

function clusterSpecifier(rule: HttpRoute, context: RuleContext): RouteAction["clusterSpecifier"] {
  const clusterOf = ({ destination }: HttpDestination) => destinationCluster(destination, context);
  const [first, ...others] = rule.route;
  if (first === undefined || others.length === 0) {
    return { case: "cluster", value: first === undefined ? "" : clusterOf(first) };
  }
  const weighted = rule.route.filter(({ weight }) => weight > 0);
  const clusters = weighted.map((each) => clusterWeight(each, clusterOf(each)));
  return { case: "weightedClusters", value: create(WeightedClusterSchema, { clusters }) };
}

function clusterWeight(destination: HttpDestination, name: string): WeightedCluster_ClusterWeight {
  const authority = authorityFrom(destination.headers);
  return create(WeightedCluster_ClusterWeightSchema, {
    name,
    weight: destination.weight,
    ...buildHeaderFields(destination.headers),
    ...(authority === undefined
      ? {}
      : { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: authority } }),
  });
}

/** `rewrite` goes before the rule's headers, and those before a lone destination's, as in Istio. */
function rewriteFields({ rewrite, headers, route }: HttpRoute) {
  const lone = route.length === 1 ? route[0] : undefined;
  const authority =
    rewrite?.authority || authorityFrom(headers) || (lone && authorityFrom(lone.headers)) || "";
  return {
    ...pathRewrite(rewrite),
    ...(authority === ""
      ? {}
      : { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: authority } as const }),
  };
}

/** Envoy replaces what the match covered: the prefix, or the whole path. */
function pathRewrite(rewrite: HttpRewrite | undefined) {
  if (rewrite?.uriRegex !== undefined) {
    const { match: regex, rewrite: substitution } = rewrite.uriRegex;
    return { regexRewrite: { pattern: { regex }, substitution } };
  }
  return rewrite === undefined || rewrite.uri === "" ? {} : { prefixRewrite: rewrite.uri };
}

function mirrorPolicies(rule: HttpRoute, context: RuleContext): RouteAction_RequestMirrorPolicy[] {
  return rule.mirrors
    .filter(({ percentage }) => percentage > 0)
    .map(({ destination, percentage }) =>
      create(RouteAction_RequestMirrorPolicySchema, {
        cluster: destinationCluster(destination, context),
        runtimeFraction: { defaultValue: fractionFromPercent(percentage) },
        traceSampled: false,
        disableShadowHostSuffixAppend: true,
      }),
    );
}
