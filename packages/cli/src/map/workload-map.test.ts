import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMapProblem } from "./map-reader.ts";
import { findEntry, parseWorkloadMap } from "./workload-map.ts";

function problemsOf(text: string): readonly string[] {
  return parseWorkloadMap(text, "weft.yaml").problems.map(formatMapProblem);
}

test("workload map: the first entry whose glob matches stands for the image", () => {
  const text = `
workloads:
  - image: ["weft.dev/a", "*/a"]
    command: [node, a.ts]
    env: { SERVICE_VERSION: v1, LEVEL: 2 }
  - image: "*"
    command: run-anything
    proxy: envoy
gateway: { ports: { "80": 18080 } }
`;
  const { map, problems } = parseWorkloadMap(text, "weft.yaml", "/example/weft.yaml");
  assert.deepEqual(problems, []);
  const entry = findEntry(map, "docker.io/example/a:1.0");
  assert.deepEqual(entry?.command, ["node", "a.ts"]);
  assert.deepEqual(entry?.environment, { SERVICE_VERSION: "v1", LEVEL: "2" });
  assert.equal(entry?.folder, "/example");
  assert.equal(entry?.place, "weft.yaml:3:5");
  assert.equal(findEntry(map, "b")?.proxy, "envoy");
  assert.equal(map.gatewayPorts.get(80), 18080);
});

test("workload map: an unknown field is an error at its place", () => {
  assert.deepEqual(problemsOf("workloads:\n  - image: a\n    command: [b]\n    envs: {}\n"), [
    "weft.yaml:4:5: error UnknownField workloads[0].envs: unknown field; known: image, command, env, proxy",
  ]);
});

test("workload map: an entry without a command says which image lacks it", () => {
  assert.deepEqual(problemsOf('workloads:\n  - image: "*/reviews"\n'), [
    'weft.yaml:2:5: error MissingCommand workloads[0].command: no command for image */reviews; add e.g. "command: [node, service.ts]"',
  ]);
});

test("workload map: broken YAML is one problem with its line", () => {
  const [first] = problemsOf("workloads:\n  - image: [a\n");
  assert.match(first ?? "", /^weft\.yaml:\d+:\d+: error InvalidYaml /);
});

test("workload map: a gateway port must be a port", () => {
  assert.match(problemsOf('gateway:\n  ports: { "80": many }\n')[0] ?? "", /InvalidPort/);
});
