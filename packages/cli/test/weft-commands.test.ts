/** The commands that run nothing, as a shell sees them: exit codes and output. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { startProgram, weftCommand } from "@weft/testing/end-to-end";

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 8000 }]
`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: "example.com/shop:1" }] }
`;

function fileWith(context: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-commands-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "shop.yaml");
  writeFileSync(file, text);
  return file;
}

function weft(...parameters: readonly string[]) {
  return weftIn(undefined, parameters);
}

/** In the folder of `file`. */
async function weftIn(file: string | undefined, parameters: readonly string[]) {
  const place = file === undefined ? {} : { cwd: dirname(file) };
  const program = startProgram(weftCommand(...parameters), place);
  const code = await program.ended;
  return { code, output: program.output() };
}

test("weft: misuse exits with 64, help with 0", async () => {
  assert.equal((await weft("up", "--nope")).code, 64);
  assert.equal((await weft("nope")).code, 64);
  assert.equal((await weft("translate", ".")).code, 64);
  for (const command of ["up", "run", "proxy", "control-plane", "validate", "translate"]) {
    const { code, output } = await weft(command, "-h");
    assert.equal(code, 0);
    assert.match(output, new RegExp(`^Usage: weft ${command}`));
  }
});

test("weft validate: each problem with its place; an error is exit code 1", async (context) => {
  const good = fileWith(context, SERVICE);
  assert.deepEqual(await weft("validate", good), { code: 0, output: "no problems\n" });
  const bad = fileWith(context, SERVICE.replace("selector", "selectors"));
  const { code, output } = await weft("validate", bad);
  assert.equal(code, 1);
  assert.match(output, /shop\.yaml:5:3: error UnknownField spec\.selectors: /);
  const asData = await weft("validate", bad, "-o", "json");
  assert.equal(JSON.parse(asData.output)[0].line, 5);
});

const MISUSE: readonly (readonly [parameters: readonly string[], says: RegExp])[] = [
  [["up", "nowhere"], /^weft: nowhere does not exist; name a folder/],
  [["up", ".", "--map", "."], /^weft: --map \. is no file; name a weft\.yaml/],
  [["up", ".", "--port", "80"], /^weft: --port 80: write GATEWAY_PORT=LOCAL_PORT/],
  [["up", ".", "--capture", "magic"], /^weft: --capture magic is not known; it can be proxy-env/],
  [["run", "--service", "shop", "--port", "x", "--", "node"], /^weft: --port x is not a port/],
  [
    ["proxy", "-c", "nowhere.yaml"],
    /^weft: -c nowhere\.yaml is no file; name an Envoy v3 bootstrap/,
  ],
  [["proxy", "-c", "."], /^weft: -c \. is no file/],
  [["control-plane", "--config", "nowhere", "--state", "x"], /^weft: nowhere does not exist/],
  [
    ["control-plane", "--config", ".", "--state", "x", "--address", "y"],
    /^weft: --address y is not an IP address/,
  ],
  [["validate", "nowhere"], /^weft: nowhere does not exist/],
  [["translate", ".", "--proxy", "a~b"], /^weft: --proxy a~b: write sidecar~IP~POD\.NAMESPACE~/],
  [["translate", ".", "--proxy", "a", "--labels", "x"], /^weft: --labels x: write name=value/],
];

for (const [parameters, says] of MISUSE) {
  test(`weft ${parameters.join(" ")}: one line says what to write instead`, async (context) => {
    const { code, output } = await weftIn(fileWith(context, SERVICE), parameters);
    assert.match(output, says);
    assert.match(output, /^[^\n]+\n$/);
    assert.equal(code, 64);
  });
}

test("weft up: a state folder that cannot be made is told with its path", async (context) => {
  const file = fileWith(context, DEPLOYMENT);
  for (const state of [file, `${file}/below`]) {
    const { code, output } = await weftIn(file, ["up", ".", "--state", state]);
    assert.match(output, /^weft: \S+shop\.yaml: (there is something else|a part of that path)/);
    assert.equal(code, 1);
  }
});

test("weft up: a folder in which nothing can be read says why", async (context) => {
  const file = fileWith(context, "kind: [Deployment\n");
  const { code, output } = await weftIn(file, ["up", ".", "--state", `${file}.state`]);
  assert.match(output, /^weft: shop\.yaml:2:1: error InvalidYaml /);
  assert.match(output, /^weft: no Deployment and no Gateway in \.; name a folder/m);
  assert.equal(code, 1);
});

test("weft up: a program that is not there is told before anything starts", async (context) => {
  const file = fileWith(context, DEPLOYMENT);
  const map = "workloads: [{ image: example.com/shop, command: [no-such-program] }]\n";
  writeFileSync(join(dirname(file), "weft.yaml"), map);
  const { code, output } = await weftIn(file, ["up", ".", "--state", `${file}.state`]);
  assert.match(
    output,
    /^weft: weft\.yaml:1:13: error MissingProgram command: no-such-program is not/,
  );
  assert.equal(code, 1);
});

test("weft run: a program that is not there is told as a shell does", async () => {
  const { code, output } = await weft("run", "--service", "shop", "--", "no-such-program");
  assert.match(output, /^weft: no-such-program is no program that can be started/);
  assert.equal(code, 127);
});

test("weft translate: prints what a proxy would get", async (context) => {
  const file = fileWith(context, SERVICE);
  const asked = ["translate", file, "--proxy", "front", "--labels", "app=front", "-o", "json"];
  const { code, output } = await weft(...asked);
  assert.equal(code, 0, output);
  const names = JSON.parse(output).clusters.map(({ name }: { name: string }) => name);
  assert.ok(names.includes("outbound|8000||shop.default.svc.cluster.local"), names.join("\n"));
  const { output: unknown } = await weft("translate", file, "--proxy", "front");
  assert.match(unknown, /^weft: no workload is called front: taken as one without labels/m);
});
