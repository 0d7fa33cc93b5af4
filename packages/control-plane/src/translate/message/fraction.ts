import { create } from "@bufbuild/protobuf";
import {
  type FractionalPercent,
  FractionalPercent_DenominatorType,
  FractionalPercentSchema,
} from "@weft/api/envoy/type/v3/percent_pb.js";

/** A percentage with the resolution of Istio's: one ten-thousandth of a percent. */
export function fractionFromPercent(percent: number): FractionalPercent {
  return create(FractionalPercentSchema, {
    numerator: Math.round(percent * 10_000),
    denominator: FractionalPercent_DenominatorType.MILLION,
  });
}
