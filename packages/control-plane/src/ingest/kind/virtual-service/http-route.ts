import type { resourceSchema, ValueOf } from "@weft/api";
import type {
  CorsPolicy,
  DirectResponse,
  Fault,
  HeaderChange,
  HeaderOperations,
  HttpRedirect,
  HttpRewrite,
  HttpRoute,
  Mirror,
} from "../../../model/virtual-service.ts";
import type { ResourceContext } from "../../resource-kind.ts";
import type { FieldPath } from "../../yaml/field-path.ts";
import { toDestination } from "./destination.ts";
import { parseGrpcStatus } from "./grpc-status.ts";
import { reportHeaders } from "./header-rules.ts";
import { toHttpMatch, toStringMatch } from "./http-match.ts";
import { reportHttpRoute } from "./http-route-rules.ts";
import { toRetryPolicy } from "./retry-policy.ts";

/** One of `spec.http` as it was written. */
export type WrittenHttpRoute = ValueOf<typeof resourceSchema.httpRoute>;

/** One rule of `spec.http`. */
export function parseHttpRoute(
  written: WrittenHttpRoute,
  path: FieldPath,
  context: ResourceContext,
): HttpRoute {
  const { namespace } = context.resource;
  reportHttpRoute(written, path, context);
  reportHeaders(written.headers, [...path, "headers"], context);
  for (const [index, { headers }] of (written.route ?? []).entries()) {
    reportHeaders(headers, [...path, "route", index, "headers"], context);
  }
  return {
    origin: context.originAt(path),
    name: written.name ?? "",
    match: (written.match ?? []).map((each) => toHttpMatch(each, namespace)),
    route: (written.route ?? []).map((each) => ({
      destination: toDestination(each.destination, namespace),
      weight: each.weight ?? 0,
      headers: toHeaderOperations(each.headers),
    })),
    redirect: toRedirect(written.redirect),
    directResponse: toDirectResponse(written.directResponse),
    rewrite: toRewrite(written.rewrite),
    // 0s is Istio's way to say that there is none.
    timeoutMs: written.timeout === 0 ? undefined : written.timeout,
    retries: written.retries && toRetryPolicy(written.retries),
    fault: toFault(written.fault),
    mirrors: toMirrors(written, namespace),
    cors: toCors(written.corsPolicy),
    headers: toHeaderOperations(written.headers),
  };
}

function toHeaderOperations(written: WrittenHttpRoute["headers"]): HeaderOperations {
  return {
    request: toHeaderChange(written?.request),
    response: toHeaderChange(written?.response),
  };
}

function toHeaderChange(
  written: NonNullable<WrittenHttpRoute["headers"]>["request"],
): HeaderChange {
  const lower = (map: ReadonlyMap<string, string> | undefined) =>
    [...(map ?? [])].map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    set: lower(written?.set),
    add: lower(written?.add),
    remove: (written?.remove ?? []).map((name) => name.toLowerCase()),
  };
}

function toRedirect(written: WrittenHttpRoute["redirect"]): HttpRedirect | undefined {
  if (written === undefined) return undefined;
  const derived = {
    FROM_PROTOCOL_DEFAULT: "from-protocol-default",
    FROM_REQUEST_PORT: "from-request-port",
  } as const;
  return {
    uri: written.uri ?? "",
    authority: written.authority ?? "",
    port: written.derivePort === undefined ? written.port : derived[written.derivePort],
    scheme: written.scheme ?? "",
    redirectCode: written.redirectCode ?? 301,
  };
}

function toDirectResponse(written: WrittenHttpRoute["directResponse"]): DirectResponse | undefined {
  if (written === undefined) return undefined;
  const { status, body } = written;
  const bytes =
    body?.bytes === undefined ? Buffer.from(body?.string ?? "") : Buffer.from(body.bytes, "base64");
  return { status, body: new Uint8Array(bytes) };
}

function toRewrite(written: WrittenHttpRoute["rewrite"]): HttpRewrite | undefined {
  if (written === undefined) return undefined;
  const regex = written.uriRegexRewrite;
  return {
    uri: written.uri ?? "",
    authority: written.authority ?? "",
    uriRegex: regex && { match: regex.match, rewrite: regex.rewrite ?? "" },
  };
}

/** Without a percentage nothing is delayed or aborted, as in Istio. */
function toFault(written: WrittenHttpRoute["fault"]): Fault | undefined {
  const { delay, abort } = written ?? {};
  if (delay?.fixedDelay === undefined && abort === undefined) return undefined;
  return {
    delay:
      delay?.fixedDelay === undefined
        ? undefined
        : {
            fixedDelayMs: delay.fixedDelay,
            percentage: delay.percentage?.value ?? delay.percent ?? 0,
          },
    abort: abort && {
      httpStatus: abort.httpStatus,
      grpcStatus: abort.grpcStatus === undefined ? undefined : parseGrpcStatus(abort.grpcStatus),
      percentage: abort.percentage?.value ?? 0,
    },
  };
}

/** Without a percentage everything is mirrored. */
function toMirrors(written: WrittenHttpRoute, namespace: string): readonly Mirror[] {
  const { mirror, mirrors = [] } = written;
  const percentage =
    written.mirrorPercentage === undefined
      ? (written.mirrorPercent ?? written.mirror_percent ?? 100)
      : (written.mirrorPercentage.value ?? 0);
  const alone =
    mirror === undefined ? [] : [{ destination: toDestination(mirror, namespace), percentage }];
  return [
    ...alone,
    ...mirrors.map((each) => ({
      destination: toDestination(each.destination, namespace),
      percentage: each.percentage === undefined ? 100 : (each.percentage.value ?? 0),
    })),
  ];
}

function toCors(written: WrittenHttpRoute["corsPolicy"]): CorsPolicy | undefined {
  if (written === undefined) return undefined;
  return {
    allowOrigins: (written.allowOrigins ?? []).flatMap((each) => toStringMatch(each) ?? []),
    allowMethods: written.allowMethods ?? [],
    allowHeaders: written.allowHeaders ?? [],
    exposeHeaders: written.exposeHeaders ?? [],
    maxAgeMs: written.maxAge,
    allowCredentials: written.allowCredentials,
  };
}
