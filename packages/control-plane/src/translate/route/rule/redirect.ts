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

/** Answers with another place; `port` is the one that the request came to. */
export function buildRedirect(redirect: HttpRedirect, port: number): RedirectAction {
  const { uri, authority, scheme, redirectCode } = redirect;
  return create(RedirectActionSchema, {
    hostRedirect: authority,
    ...(uri === "" ? {} : { pathRewriteSpecifier: { case: "pathRedirect", value: uri } }),
    ...(scheme === "" ? {} : { schemeRewriteSpecifier: { case: "schemeRedirect", value: scheme } }),
    portRedirect: portRedirect(redirect.port, port),
    responseCode:
      RESPONSE_CODE.get(redirectCode) ?? RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY,
  });
}

/** 0: Envoy leaves the port out, which is the default of the scheme. */
function portRedirect(wanted: HttpRedirect["port"], port: number): number {
  if (wanted === "from-request-port") return port;
  return typeof wanted === "number" ? wanted : 0;
}
