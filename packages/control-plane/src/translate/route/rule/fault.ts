import type { Any } from "@bufbuild/protobuf/wkt";
import { HTTPFaultSchema } from "@weft/api/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import type { Fault } from "../../../model/virtual-service.ts";
import { buildAny } from "../../message/any.ts";
import { fractionFromPercent } from "../../message/fraction.ts";
import { durationFromMs } from "../../message/wire-duration.ts";

/** What the fault filter does on one route. */
export function buildFault({ delay, abort }: Fault): Any {
  return buildAny(HTTPFaultSchema, {
    ...(delay === undefined
      ? {}
      : {
          delay: {
            faultDelaySecifier: { case: "fixedDelay", value: durationFromMs(delay.fixedDelayMs) },
            percentage: fractionFromPercent(delay.percentage),
          },
        }),
    ...(abort === undefined
      ? {}
      : {
          abort: {
            errorType: abortWith(abort),
            percentage: fractionFromPercent(abort.percentage),
          },
        }),
  });
}

function abortWith({ httpStatus, grpcStatus }: NonNullable<Fault["abort"]>) {
  if (httpStatus !== undefined) return { case: "httpStatus", value: httpStatus } as const;
  if (grpcStatus === undefined) return { case: undefined } as const;
  return { case: "grpcStatus", value: grpcStatus } as const;
}
