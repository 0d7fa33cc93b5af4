/**
 * `weft up` with real processes and tiny programs in place of the proxy and the control plane: order
 * of start, what each process is told, live changes, restarts, and that nothing is ever left behind.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  eventually,
  isAlive,
  type MeshRecord,
  processesMarked,
  readMeshRecord,
  recordedPids,
  startProgram,
  weftCommand,
} from "@weft/testing/end-to-end";
import { parse } from "yaml";

const PROGRAMS = fileURLToPath(new URL("fake-programs", import.meta.url));
const LINUX = { skip: process.platform !== "linux" && "needs /proc and 127.0.0.0/8" };

const MAP = `
workloads:
  - image: "*/echo"
    command: [node, ${join(PROGRAMS, "app.mjs")}]
`;

function deployment(name: string, replicas: number, image = "example.com/echo:1"): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: ${name}, image: "${image}", ports: [{ containerPort: 9080 }] }]
`;
}

/** A folder with a map and `files`, and `weft up` on it. */
function setUp(context: TestContext, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "weft-up-"));
  const folder = join(root, "mesh");
  const state = join(root, "state");
  mkdirSync(folder);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("weft.yaml", MAP);
  for (const [name, text] of Object.entries(files)) write(name, text);
  const start = () =>
    startProgram(weftCommand("up", folder, "--state", state), {
      env: { WEFT_PROGRAMS: PROGRAMS },
    });
  const program = start();
  context.after(async () => {
    await program.stop();
    rmSync(root, { recursive: true, force: true });
  });
  const log = (name: string) => readFileSync(join(state, "logs", `${name}.log`), "utf8");
  const until = (what: string, check: (record: MeshRecord) => boolean) =>
    eventually(what, () => {
      const record = readMeshRecord(state);
      return check(record) ? record : undefined;
    });
  const ready = () => until("ready", ({ readyAfterMs }) => readyAfterMs !== undefined);
  // An ending process loses its command line, by which it is found, before it ends: hence both.
  const nothingLeft = (pids: readonly number[]) =>
    eventually("nothing being left", () => {
      assert.deepEqual([...processesMarked(state), ...pids.filter(isAlive)], []);
      return true;
    });
  return { state, program, start, write, log, until, ready, nothingLeft };
}

test(
  "weft up: an application starts after its sidecar is ready, and is told where all is",
  LINUX,
  async (context) => {
    const { state, program, log, ready, nothingLeft } = setUp(context, {
      "a.yaml": deployment("a", 1),
    });
    const record = await ready();
    const [workload] = record.workloads;
    assert.match(workload?.address ?? "", /^127\.\d+\.0\.10$/);
    const app = JSON.parse(log("a-0.app"));
    assert.equal(app.HOSTNAME, "a-0");
    assert.equal(app.HTTP_PROXY, `http://${workload?.address}:15001`);
    assert.equal(app.NODE_USE_ENV_PROXY, "1");
    const [, proxyReadyAt] = / is ready at (\d+)/.exec(log("a-0.proxy")) ?? [];
    assert.ok(app.startedAt >= Number(proxyReadyAt));

    const pod = parse(readFileSync(join(state, "run", "pods", "a-0.yaml"), "utf8"));
    assert.equal(pod.status.podIP, workload?.address);
    assert.equal(pod.status.conditions[0].status, "True");
    assert.deepEqual(
      JSON.parse(pod.metadata.annotations["weft.dev/app-ports"]),
      workload?.appPorts,
    );
    assert.match(program.output(), /services\.yaml:3:5: error UnknownField/);

    const pids = [...recordedPids(record), app.child];
    assert.equal(await program.stop("SIGINT"), 0);
    await nothingLeft(pids);
    assert.deepEqual(readdirSync(join(state, "run", "pods")), []);
  },
);

test(
  "weft up: after kill -9 of itself nothing is left, grandchildren included",
  LINUX,
  async (context) => {
    const { program, log, ready, nothingLeft } = setUp(context, { "a.yaml": deployment("a", 2) });
    const record = await ready();
    const { child } = JSON.parse(log("a-0.app"));
    assert.ok(isAlive(child));
    await program.stop("SIGKILL");
    await nothingLeft([...recordedPids(record), child]);
  },
);

test("weft up: a crashed application and a crashed sidecar come back", LINUX, async (context) => {
  const { ready, until } = setUp(context, { "a.yaml": deployment("a", 1) });
  const [workload] = (await ready()).workloads;
  process.kill(workload?.apps[0]?.pid ?? 0, "SIGKILL");
  await until(
    "the application's return",
    ({ workloads: [one] }) => one?.isReady === true && one.apps[0]?.restarts === 1,
  );
  process.kill(workload?.proxy.pid ?? 0, "SIGKILL");
  await until(
    "the sidecar's return",
    ({ workloads: [one] }) => one?.isReady === true && one.proxy.restarts === 1,
  );
});

test("weft up: replicas and Deployments follow the files while it runs", LINUX, async (context) => {
  const { write, ready, until } = setUp(context, { "a.yaml": deployment("a", 1) });
  await ready();
  const areReady = (names: string) => (record: MeshRecord) =>
    record.workloads.every(({ isReady }) => isReady) &&
    record.workloads
      .map(({ pod }) => pod)
      .sort()
      .join(" ") === names;
  write("a.yaml", deployment("a", 2));
  await until("a second instance", areReady("a-0 a-1"));
  write("b.yaml", deployment("b", 1));
  await until("another workload", areReady("a-0 a-1 b-0"));
  write("a.yaml", deployment("a", 1));
  await until("one instance less", areReady("a-0 b-0"));
});

test("weft up: what is broken while it runs leaves what served before", LINUX, async (context) => {
  const { program, write, ready, until } = setUp(context, { "a.yaml": deployment("a", 1) });
  const before = await ready();
  write("a.yaml", "kind: [");
  write("b.yaml", deployment("b", 1, "example.com/unknown:1"));
  await program.prints(
    /no command for image example\.com\/unknown:1 of Deployment default\/b; add/,
  );
  write("weft.yaml", "workload: []\n");
  await program.prints(/weft\.yaml:1:1: error UnknownField workload: unknown field/);
  const after = await until("a look", () => true);
  assert.equal(after.workloads[0]?.apps[0]?.pid, before.workloads[0]?.apps[0]?.pid);
});

test("weft up: a state folder of a running mesh is refused", LINUX, async (context) => {
  const { program, start, ready } = setUp(context, { "a.yaml": deployment("a", 1) });
  await ready();
  const second = start();
  assert.equal(await second.ended, 1);
  assert.match(second.output(), new RegExp(`is running \\(process ${program.pid}\\)`));
});
