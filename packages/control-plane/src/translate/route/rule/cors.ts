import type { Any } from "@bufbuild/protobuf/wkt";
import { CorsPolicySchema } from "@weft/api/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import type { CorsPolicy } from "../../../model/virtual-service.ts";
import { buildAny } from "../../message/any.ts";
import { buildStringMatcher } from "./string-matcher.ts";

/** What the CORS filter does on one route. */
export function buildCors(cors: CorsPolicy): Any {
  return buildAny(CorsPolicySchema, {
    allowOriginStringMatch: cors.allowOrigins.map(buildStringMatcher),
    allowMethods: cors.allowMethods.join(","),
    allowHeaders: cors.allowHeaders.join(","),
    exposeHeaders: cors.exposeHeaders.join(","),
    ...(cors.maxAgeMs === undefined ? {} : { maxAge: String(Math.floor(cors.maxAgeMs / 1000)) }),
    ...(cors.allowCredentials === undefined ? {} : { allowCredentials: cors.allowCredentials }),
    filterEnabled: { defaultValue: { numerator: 100 } },
    forwardNotMatchingPreflights: true,
  });
}
