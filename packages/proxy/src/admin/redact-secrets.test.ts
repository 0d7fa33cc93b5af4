import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { redactSecrets } from "./redact-secrets.ts";

describe("redacted secrets", () => {
  for (const [title, value] of [
    ["an inline text", { inline_string: "the key" }],
    ["inline bytes", { inlineBytes: "dGhlIGtleQ==" }],
    ["a list", [{ inline_string: "the key" }]],
    ["a bare text", "the key"],
  ] satisfies [string, JsonValue][])
    test(`${title} does not appear, however deep`, () => {
      const json = { a: [{ private_key: value, chain: "shown" }] };
      assert.deepEqual(redactSecrets(structuredClone(json)), {
        a: [{ private_key: "[redacted]", chain: "shown" }],
      });
    });

  for (const field of [
    "privateKey",
    "password",
    "generic_secret",
    "sessionTicketKeys",
    "accessToken",
  ])
    test(`${field} is a secret`, () => {
      assert.deepEqual(redactSecrets({ [field]: "x" }), { [field]: "[redacted]" });
    });

  test("the name of a file is none", () => {
    const json = { private_key: { filename: "/keys/key.pem" } };
    assert.deepEqual(redactSecrets(structuredClone(json)), json);
  });

  test("everything else stays, and what was given is not changed", () => {
    const json = { a: null, b: [1, true, "x"], private_key: "x" };
    assert.deepEqual(redactSecrets(json), {
      a: null,
      b: [1, true, "x"],
      private_key: "[redacted]",
    });
    assert.equal(json.private_key, "x");
  });
});
