import type { ResourceContext } from "../../resource-kind.ts";
import { closestWord } from "../../yaml/closest-word.ts";
import type { FieldPath } from "../../yaml/field-path.ts";
import { GRPC_STATUS_NAMES, parseGrpcStatus } from "./grpc-status.ts";
import type { WrittenHttpRoute } from "./http-route.ts";
import { findRetryMistakes } from "./retry-policy.ts";

/** The statuses that Envoy's redirects know. */
const REDIRECT_CODES: readonly number[] = [301, 302, 303, 307, 308];

/** What needs a destination, and so cannot be beside an answer the proxy gives itself. */
const ONLY_WITH_ROUTE = ["rewrite", "mirror", "mirrors", "fault"] as const;

/** What a schema cannot tell about a rule of `spec.http`. */
export function reportHttpRoute(
  written: WrittenHttpRoute,
  path: FieldPath,
  context: ResourceContext,
): void {
  reportAction(written, path, context);
  reportWeights(written.route ?? [], [...path, "route"], context);
  reportRedirect(written.redirect, [...path, "redirect"], context);
  reportFault(written.fault, [...path, "fault"], context);
  for (const [index, match] of (written.match ?? []).entries()) {
    for (const part of ["uri", "scheme", "method", "authority"] as const) {
      const found = match[part];
      if (found === undefined || hasForm(found)) continue;
      context.report({
        code: "MissingField",
        path: [...path, "match", index, part],
        message: "one of exact, prefix and regex is needed",
        remedy: "write it like { exact: /productpage }",
      });
    }
  }
  if (written.retries !== undefined) {
    const findings = findRetryMistakes(written.retries, [...path, "retries"]);
    for (const finding of findings) context.report(finding);
    if (written.retries.retryRemoteLocalities === true) {
      context.report({
        severity: "warning",
        code: "NoEffect",
        path: [...path, "retries", "retryRemoteLocalities"],
        message: "there is one locality only, so no other can be tried",
        remedy: "remove it",
      });
    }
  }
}

/** Sums to 0 when every weight is written as 0. A lone destination needs none. */
export function reportWeights(
  route: readonly { readonly weight: number | undefined }[],
  path: FieldPath,
  { report }: ResourceContext,
): void {
  if (route.length < 2) return;
  const sum = route.reduce((total, { weight = 0 }) => total + weight, 0);
  if (sum > 0 && sum < 2 ** 32) return;
  report({
    code: "InvalidValue",
    path,
    message: sum === 0 ? "the weights add up to 0" : "the weights add up to more than 4294967295",
    remedy: "write weight for each destination, 100 in all",
  });
}

function reportAction(
  written: WrittenHttpRoute,
  path: FieldPath,
  { report }: ResourceContext,
): void {
  const { route, redirect, directResponse } = written;
  if ((route?.length ?? 0) === 0 && redirect === undefined && directResponse === undefined) {
    report({
      code: "MissingField",
      path: [...path, "route"],
      message: "the rule says what to match, but not what to do",
      remedy: "add route, redirect or directResponse",
    });
  }
  reportUnused(written, path, report);
  if (redirect === undefined && directResponse === undefined) return;
  for (const name of ONLY_WITH_ROUTE) {
    if (written[name] === undefined) continue;
    report({
      code: "Conflict",
      path: [...path, name],
      message: `${redirect === undefined ? "directResponse" : "redirect"} and ${name} exclude each other`,
      remedy: `remove ${name}`,
    });
  }
}

/** What Istio takes and disregards. */
function reportUnused(
  written: WrittenHttpRoute,
  path: FieldPath,
  report: ResourceContext["report"],
): void {
  const answers = written.redirect !== undefined || written.directResponse !== undefined;
  const unused = [
    ...(answers ? (["timeout", "retries"] as const) : []),
    ...(written.mirror === undefined
      ? (["mirrorPercentage", "mirrorPercent", "mirror_percent"] as const)
      : []),
  ];
  for (const name of unused) {
    if (written[name] === undefined) continue;
    const isMirror = name.startsWith("mirror");
    report({
      severity: "warning",
      code: "NoEffect",
      path: [...path, name],
      message: isMirror ? "it belongs to mirror, which is not there" : "nothing is sent anywhere",
      remedy: isMirror ? "add mirror, or give each of mirrors its percentage" : `remove ${name}`,
    });
  }
  for (const [index, origin] of (written.corsPolicy?.allowOrigins ?? []).entries()) {
    if (hasForm(origin)) continue;
    report({
      code: "MissingField",
      path: [...path, "corsPolicy", "allowOrigins", index],
      message: "one of exact, prefix and regex is needed",
      remedy: "write it like { exact: https://example.com }",
    });
  }
}

function reportRedirect(
  redirect: WrittenHttpRoute["redirect"],
  path: FieldPath,
  { report }: ResourceContext,
): void {
  if (redirect === undefined) return;
  const { redirectCode } = redirect;
  if (redirectCode !== undefined && !REDIRECT_CODES.includes(redirectCode)) {
    report({
      code: "Unsupported",
      path: [...path, "redirectCode"],
      message: `${redirectCode} is no status that a proxy can redirect with`,
      remedy: `write one of ${REDIRECT_CODES.join(", ")}`,
    });
  }
  if (Object.keys(redirect).length > 0) return;
  report({
    code: "MissingField",
    path,
    message: "a redirect must lead elsewhere",
    remedy: "add uri, authority, port, scheme or redirectCode",
  });
}

function reportFault(
  fault: WrittenHttpRoute["fault"],
  path: FieldPath,
  { report }: ResourceContext,
): void {
  const { delay, abort } = fault ?? {};
  if (delay !== undefined && delay.fixedDelay === undefined) {
    report({
      code: "MissingField",
      path: [...path, "delay", "fixedDelay"],
      message: "this field is required",
      remedy: "add fixedDelay: 5s",
    });
  }
  if (abort !== undefined && abort.httpStatus === undefined && abort.grpcStatus === undefined) {
    report({
      code: "MissingField",
      path: [...path, "abort", "httpStatus"],
      message: "an abort needs a status",
      remedy: "add httpStatus or grpcStatus",
    });
  }
  if (abort?.grpcStatus !== undefined && parseGrpcStatus(abort.grpcStatus) === undefined) {
    const isNumber = /^\d+$/.test(abort.grpcStatus);
    const near = isNumber ? undefined : closestWord(abort.grpcStatus, GRPC_STATUS_NAMES);
    report({
      code: "InvalidValue",
      path: [...path, "abort", "grpcStatus"],
      message: `${JSON.stringify(abort.grpcStatus)} is no gRPC status`,
      remedy:
        near === undefined ? "write a name like UNAVAILABLE, or 0 to 16" : `did you mean ${near}?`,
    });
  }
  const shares = {
    delay: delay && (delay.percentage?.value ?? delay.percent ?? 0),
    abort: abort && (abort.percentage?.value ?? 0),
  };
  for (const [name, share] of Object.entries(shares)) {
    if (share !== 0) continue;
    report({
      severity: "warning",
      code: "NoEffect",
      path: [...path, name],
      message: "without a percentage no request is affected",
      remedy: "add percentage: { value: 100 }",
    });
  }
}

function hasForm(match: {
  readonly exact: string | undefined;
  readonly prefix: string | undefined;
  readonly regex: string | undefined;
}): boolean {
  return match.exact !== undefined || match.prefix !== undefined || match.regex !== undefined;
}
