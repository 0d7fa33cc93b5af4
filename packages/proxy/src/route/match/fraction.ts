import type { RuntimeFractionalPercent } from "@weft/api/envoy/config/core/v3/base_pb.js";
import {
  type FractionalPercent,
  FractionalPercent_DenominatorType,
} from "@weft/api/envoy/type/v3/percent_pb.js";
import type { Random } from "@weft/core";

/** A share of requests: `numerator` out of `denominator`. */
export interface FractionMatcher {
  readonly numerator: number;
  readonly denominator: number;
}

/** There is no runtime layer here, so the default value decides; absent means always, as in Envoy. */
export function compileRuntimeFraction(
  message: RuntimeFractionalPercent | undefined,
): FractionMatcher | undefined {
  return message === undefined ? undefined : compileFraction(message.defaultValue);
}

/** Absent means 0 %, as proto3 says for a percentage that somebody left out. */
export function compileFraction(message: FractionalPercent | undefined): FractionMatcher {
  return {
    numerator: message?.numerator ?? 0,
    denominator: DENOMINATORS[message?.denominator ?? FractionalPercent_DenominatorType.HUNDRED],
  };
}

/** One draw. 0 and 100 % draw nothing, so they are certain with any random. */
export function drawFraction(fraction: FractionMatcher, random: Random): boolean {
  if (fraction.numerator <= 0) return false;
  if (fraction.numerator >= fraction.denominator) return true;
  return Math.floor(random() * fraction.denominator) < fraction.numerator;
}

const DENOMINATORS: Readonly<Record<FractionalPercent_DenominatorType, number>> = {
  [FractionalPercent_DenominatorType.HUNDRED]: 100,
  [FractionalPercent_DenominatorType.TEN_THOUSAND]: 10_000,
  [FractionalPercent_DenominatorType.MILLION]: 1_000_000,
};
