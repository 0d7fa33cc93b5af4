import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { CertificateValidationContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import { ConfigError } from "@weft/core";
import type { SubjectAltNames } from "./san.ts";
import { compileSanMatcher } from "./san-matcher.ts";

const ALICE = "spiffe://cluster.local/ns/default/sa/alice";
const NOBODY: SubjectAltNames = { uris: [], dnsNames: [], emails: [], ipAddresses: [] };

const compile = (json: JsonObject) =>
  compileSanMatcher(fromJson(CertificateValidationContextSchema, json), "context");

const typed = (sanType: string, matcher: JsonObject) =>
  compile({ matchTypedSubjectAltNames: [{ sanType, matcher }] });

const uris = (...names: string[]): SubjectAltNames => ({ ...NOBODY, uris: names });
const dnsNames = (...names: string[]): SubjectAltNames => ({ ...NOBODY, dnsNames: names });

describe("subject alternative names", () => {
  for (const [title, matcher, inside, outside] of [
    ["an exact id", { exact: ALICE }, ALICE, `${ALICE}2`],
    ["an exact id, in its own case", { exact: ALICE }, ALICE, ALICE.toUpperCase()],
    ["an id in any case", { exact: ALICE, ignoreCase: true }, ALICE.toUpperCase(), `${ALICE}/`],
    ["a prefix", { prefix: "spiffe://a/" }, "spiffe://a/ns/b", "spiffe://ab/ns/b"],
    ["a suffix", { suffix: "/sa/alice" }, ALICE, "spiffe://cluster.local/sa/malice"],
    ["a part", { contains: "/ns/default/" }, ALICE, "spiffe://cluster.local/ns/defaults/sa/alice"],
    [
      "a whole regular expression",
      { safeRegex: { regex: "spiffe://[a-z]+/x" } },
      "spiffe://a/x",
      "spiffe://a/x2",
    ],
    ["an expression from its start", { safeRegex: { regex: "a/x" } }, "a/x", "spiffe://a/x"],
  ] as const)
    test(`${title} matches, and nothing beside it`, () => {
      const { matches } = typed("URI", matcher as JsonObject);
      assert.equal(matches(uris(inside)), true);
      assert.equal(matches(uris(outside)), false);
      assert.equal(matches(NOBODY), false);
    });

  test("without a matcher everybody is accepted", () => {
    assert.equal(compileSanMatcher(undefined, "context").matches(NOBODY), true);
    assert.equal(compile({}).matches(uris("spiffe://other/x")), true);
  });

  test("one of several matchers is enough", () => {
    const { matches } = compile({
      matchTypedSubjectAltNames: [
        { sanType: "URI", matcher: { exact: ALICE } },
        { sanType: "DNS", matcher: { exact: "a.example.com" } },
      ],
    });
    assert.equal(matches(dnsNames("a.example.com")), true);
    assert.equal(matches(uris(ALICE)), true);
    assert.equal(matches(uris("a.example.com")), false);
  });

  for (const [sanType, names] of [
    ["URI", dnsNames("x")],
    ["DNS", uris("x")],
    ["EMAIL", uris("x")],
    ["IP_ADDRESS", dnsNames("x")],
  ] as const)
    test(`a name of another kind is no ${sanType}`, () => {
      assert.equal(typed(sanType, { exact: "x" }).matches(names), false);
    });

  test("the old list accepts a name of any kind", () => {
    const { matches } = compile({ matchSubjectAltNames: [{ exact: "x" }] });
    const kinds = ["uris", "dnsNames", "emails", "ipAddresses"] as const;
    assert.deepEqual(
      kinds.map((kind) => matches({ ...NOBODY, [kind]: ["x"] })),
      [true, true, true, true],
    );
  });

  for (const [wanted, name, isMatch] of [
    ["a.example.com", "*.example.com", true],
    ["A.example.com", "a.EXAMPLE.com", true],
    ["b.a.example.com", "*.example.com", false],
    ["example.com", "*.example.com", false],
    ["localhost", "*", false],
    ["localhost", "*t", false],
    [".example.com", "*.example.com", false],
  ] as const)
    test(`the host ${wanted} is ${isMatch ? "" : "not "}named by ${name}`, () => {
      assert.equal(typed("DNS", { exact: wanted }).matches(dnsNames(name)), isMatch);
    });

  test("says what it accepts", () => {
    const { description } = compile({
      matchTypedSubjectAltNames: [
        { sanType: "URI", matcher: { exact: ALICE } },
        { sanType: "URI", matcher: { prefix: "spiffe://b/" } },
        { sanType: "URI", matcher: { safeRegex: { regex: "c.*" } } },
      ],
    });
    assert.equal(description, `${ALICE}, prefix spiffe://b/, regex c.*`);
  });

  for (const [title, matcher, sanType] of [
    ["no pattern", {}, "URI"],
    ["a broken expression", { safeRegex: { regex: "(" } }, "URI"],
    ["too long an expression", { safeRegex: { regex: "a".repeat(1025) } }, "URI"],
    ["a kind of name that is unknown", { exact: "x" }, "OTHER_NAME"],
    ["no kind of name", { exact: "x" }, "SAN_TYPE_UNSPECIFIED"],
  ] satisfies [string, JsonObject, string][])
    test(`${title} is refused`, () => {
      assert.throws(
        () => typed(sanType, matcher),
        (error) =>
          error instanceof ConfigError &&
          error.field.startsWith("context.match_typed_subject_alt_names[0]"),
      );
    });
});
