import { create } from "@bufbuild/protobuf";
import {
  type RedirectAction,
  RedirectAction_RedirectResponseCode,
  RedirectActionSchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import type { HttpRedirect } from "../../../model/virtual-service.ts";

const RESPONSE_CODE: ReadonlyMap<number, RedirectAction_RedirectResponseCode> = new Map([
  [301, RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY],
  [302, RedirectAction_RedirectResponseCode.FOUND],
  [303, RedirectAction_RedirectResponseCode.SEE_OTHER],
  [307, RedirectAction_RedirectResponseCode.TEMPORARY_REDIRECT],
  [308, RedirectAction_RedirectResponseCode.PERMANENT_REDIRECT],
]);

const DEFAULT_PORT: ReadonlyMap<string, number> = new Map([
  ["http", 80],
  ["https", 443],
]);

/** Answers with another place; `port` and `scheme` are those that the request came with. */
export function buildRedirect(
  redirect: HttpRedirect,
  port: number,
  requestScheme: "http" | "https",
): RedirectAction {
  const { uri, authority, scheme, redirectCode } = redirect;
  return create(RedirectActionSchema, {
    hostRedirect: authority,
    ...(uri === "" ? {} : { pathRewriteSpecifier: { case: "pathRedirect", value: uri } }),
    ...(scheme === "" ? {} : { schemeRewriteSpecifier: { case: "schemeRedirect", value: scheme } }),
    portRedirect: portRedirect(redirect, port, requestScheme),
    responseCode:
      RESPONSE_CODE.get(redirectCode) ?? RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY,
  });
}

/** 0: Envoy leaves the port out, which is the default of the scheme. */
function portRedirect(
  { port: wanted, scheme }: HttpRedirect,
  requestPort: number,
  requestScheme: string,
): number {
  const port = wanted === "from-request-port" ? requestPort : wanted;
  if (typeof port !== "number") return 0;
  return port === DEFAULT_PORT.get(scheme === "" ? requestScheme : scheme) ? 0 : port;
}
