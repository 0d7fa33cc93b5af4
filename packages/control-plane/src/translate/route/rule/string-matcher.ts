import { create } from "@bufbuild/protobuf";
import {
  type StringMatcher,
  StringMatcherSchema,
} from "@weft/api/envoy/type/matcher/v3/string_pb.js";
import type { StringMatch } from "../../../model/string-match.ts";

/** Istio's string match in Envoy's words; regular expressions cover the whole string in both. */
export function buildStringMatcher(match: StringMatch): StringMatcher {
  switch (match.kind) {
    case "exact":
    case "prefix":
      return create(StringMatcherSchema, {
        matchPattern: { case: match.kind, value: match.value },
      });
    case "regex":
      return create(StringMatcherSchema, {
        matchPattern: { case: "safeRegex", value: { regex: match.value } },
      });
  }
}
