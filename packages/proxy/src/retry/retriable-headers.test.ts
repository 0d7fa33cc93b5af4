import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type HeaderMatcherSchema,
  RetryPolicySchema,
} from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { HeaderMap } from "../http/header-map.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import { allowsRetry } from "./retry-verdict.ts";

/** Whether an answer 200 with these headers is retried, by this one rule. */
function isRetried(
  matcher: MessageInitShape<typeof HeaderMatcherSchema>,
  ...flat: string[]
): boolean {
  const message = create(RetryPolicySchema, {
    retryOn: "retriable-headers",
    retriableHeaders: [matcher],
  });
  const policy = compileRetryPolicy(message, "retry_policy");
  return allowsRetry(policy, { kind: "response", status: 200, headers: new HeaderMap(flat) });
}

const present = (value: boolean) =>
  ({ name: "X-Busy", headerMatchSpecifier: { case: "presentMatch", value } }) as const;
const exact = (value: string) =>
  ({
    name: "x-busy",
    headerMatchSpecifier: {
      case: "stringMatch",
      value: { matchPattern: { case: "exact", value } },
    },
  }) as const;

describe("an answer is retried by its headers", () => {
  for (const [title, matcher, flat, want] of [
    ["when one is there", present(true), ["x-busy", ""], true],
    ["not when it is not there", present(true), ["x-other", "1"], false],
    ["when one must be missing and is", present(false), [], true],
    ["not when one must be missing and is there", present(false), ["x-busy", "1"], false],
    ["when its value is right", exact("yes"), ["x-busy", "yes"], true],
    ["not when its value is another", exact("yes"), ["x-busy", "no"], false],
    [
      "not when it is missing, however its value is asked for",
      { ...exact("yes"), invertMatch: true },
      [],
      false,
    ],
    [
      "when its value is another, where that is asked for",
      { ...exact("yes"), invertMatch: true },
      ["x-busy", "no"],
      true,
    ],
    [
      "when it is missing and counts as empty",
      { ...exact(""), treatMissingHeaderAsEmpty: true },
      [],
      true,
    ],
    ["by all its values at once", exact("a,b"), ["x-busy", "a", "x-busy", "b"], true],
  ] as const) {
    test(title, () => assert.equal(isRetried(matcher, ...flat), want));
  }
});
