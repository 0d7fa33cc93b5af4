import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toMs } from "../config/duration.ts";
import { parseBootstrap } from "./parse-bootstrap.ts";

const messageOf = (text: string) => {
  try {
    parseBootstrap(text, "boot.yaml");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("bootstrap", () => {
  test("reads clusters with durations in both of Envoy's forms", () => {
    const { staticResources } = parseBootstrap(
      `static_resources:
  clusters:
  - { name: a, connect_timeout: 0.25s }
  - { name: b, connectTimeout: { seconds: 1, nanos: 5000000 } }
`,
      "boot.yaml",
    );
    assert.deepEqual(
      staticResources?.clusters.map(({ connectTimeout }) => toMs(connectTimeout, 0)),
      [250, 1005],
    );
  });

  test("names file, line, column and path of an unknown field", () => {
    assert.match(
      messageOf("static_resources:\n  clusters:\n  - name: a\n    conect_timeout: 1s\n"),
      /^boot\.yaml:4:5: static_resources\.clusters\[0\]\.conect_timeout: is not a field of Cluster/,
    );
  });

  test("finds an unknown field inside a typed config", () => {
    assert.match(
      messageOf(`static_resources:
  clusters:
  - name: a
    transport_socket:
      name: x
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        snni: x
`),
      /^boot\.yaml:8:9: .*typed_config\.snni: is not a field of UpstreamTlsContext/,
    );
  });

  test("names a type that it does not know", () => {
    assert.match(
      messageOf(
        'bootstrap_extensions:\n- name: x\n  typed_config: { "@type": type.googleapis.com/no.Such }\n',
      ),
      /no\.Such is not supported/,
    );
  });

  test("refuses a part that it does not implement", () => {
    assert.match(messageOf("overload_manager: {}\n"), /overload_manager: is not supported/);
  });

  test("gives the line of broken YAML", () => {
    assert.match(messageOf("a: [\nb: }\n"), /^boot\.yaml:2:\d+: /);
  });
});
