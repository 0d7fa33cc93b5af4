import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "@weft/core";
import { parseBootstrap } from "./parse-bootstrap.ts";

/** What a bootstrap of this text is refused with. */
function refusal(text: string, fileName = "boot.yaml"): string {
  try {
    parseBootstrap(text, fileName);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.message;
  }
  assert.fail("it was accepted");
}

const cluster = (line: string) => `static_resources:\n  clusters:\n  - name: a\n    ${line}\n`;

describe("mistakes in a bootstrap", () => {
  for (const [line, message] of [
    ["connect_timeout: 5", /^boot\.yaml:4:5: .*\.connect_timeout: must be an object/],
    ["connect_timeout: 5 s", /^boot\.yaml:4:5: .*"5 s" is not a duration/],
    ["connect_timeout: { minutes: 1 }", /^boot\.yaml:4:5: .*is not a duration/],
    ["type: EDSS", /^boot\.yaml:4:5: static_resources\.clusters\[0\]\.type: .*EDSS/],
    ["alt_stat_name: [a]", /^boot\.yaml:4:5: static_resources\.clusters\[0\]\.alt_stat_name: /],
    ["respect_dns_ttl: maybe", /^boot\.yaml:4:5: .*respect_dns_ttl: .*"maybe"/],
    ["max_requests_per_connection: -1", /^boot\.yaml:4:5: .*max_requests_per_connection/],
    ["load_assignment: []", /^boot\.yaml:4:5: .*load_assignment: must be an object/],
    ["filters: {}", /^boot\.yaml:4:5: .*filters: must be a list/],
    ["name: b", /^boot\.yaml:4:5: .*unique/],
    ["transport_socket: { typed_config: { x: 1 } }", /typed_config: @type is required/],
  ] as const)
    test(`${line} is told with its place`, () => {
      assert.match(refusal(cluster(line)), message);
    });

  test("JSON is told by line and column too", () => {
    const json =
      '{\n  "static_resources": { "clusters": [\n    { "name": "a", "nmae": "b" } ] }\n}\n';
    assert.match(
      refusal(json, "boot.json"),
      /^boot\.json:3:20: static_resources\.clusters\[0\]\.nmae: is not a field of Cluster/,
    );
    assert.match(refusal('{\n "admin": {\n', "boot.json"), /^boot\.json:\d+:\d+: /);
  });

  for (const [title, text] of [
    ["an empty file", ""],
    ["a list", "- a\n"],
    ["a word", "bootstrap\n"],
    ["two documents", "admin: {}\n---\nadmin: {}\n"],
    ["a tab as indentation", "admin:\n\taddress: {}\n"],
  ] as const)
    test(`${title} is no bootstrap`, () => {
      assert.match(refusal(text), /^boot\.yaml:\d+:\d+: /);
    });

  test("aliases that multiply are stopped before they fill the memory", () => {
    assert.match(refusal(bomb()), /^boot\.yaml:1:1: Excessive alias count/);
  });

  for (const part of [
    "tracing: { http: { name: x } }",
    "stats_sinks: [ { name: x } ]",
    "hds_config: {}",
  ])
    test(`${part} is refused, since it would be ignored`, () => {
      assert.match(refusal(`${part}\n`), /^boot\.yaml:1:1: \w+: is not supported/);
    });

  test("an extension that is not there is refused by its place in the list", () => {
    const text =
      "bootstrap_extensions:\n- name: a\n  typed_config: { '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext }\n";
    assert.match(
      refusal(text),
      /^boot\.yaml:2:3: bootstrap_extensions\[0\]: .*UpstreamTlsContext is not/,
    );
  });
});

describe("values that a bootstrap may have", () => {
  test("numbers may be text, enums numbers, and names in either spelling", () => {
    const { staticResources } = parseBootstrap(
      cluster("{type: 3, maxRequestsPerConnection: '7', lb_policy: RANDOM}").replace(
        "- name: a\n    {",
        "- {name: a, ",
      ),
      "boot.yaml",
    );
    const [only] = staticResources?.clusters ?? [];
    assert.deepEqual([only?.maxRequestsPerConnection, only?.lbPolicy], [7, 3]);
  });

  test("a node's metadata may hold anything, also keys that objects inherit", () => {
    const { node } = parseBootstrap(
      "node: { id: a, metadata: { __proto__: 1, constructor: [x, { y: null }] } }\n",
      "boot.yaml",
    );
    const metadata = node?.metadata ?? {};
    assert.deepEqual(Object.keys(metadata), ["__proto__", "constructor"]);
    assert.deepEqual(metadata.constructor, ["x", { y: null }]);
  });
});

/** Nine lists of nine references to the list before. */
function bomb(): string {
  let text = "node:\n  metadata:\n    a0: &a0 [x]\n";
  for (let level = 1; level < 9; level += 1) {
    const references = Array.from({ length: 9 }, () => `*a${level - 1}`);
    text += `    a${level}: &a${level} [${references.join(", ")}]\n`;
  }
  return text;
}
