import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  eventually,
  freePort,
  processesMarked,
  type RunningMesh,
  startMesh,
  startProgram,
  weftCommand,
} from "@weft/testing/end-to-end";
import { ingress, service, share, virtualService } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

const PATH = "/call?url=http://shop:8000/";

const everythingTo = (version: string) =>
  virtualService("shop", [{ route: [share("shop", version, 100)] }]);

const BROKEN = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
spec:
  hosts: [shop
  http: []
`;

const UNKNOWN_FIELD = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
spec:
  hosts: [shop]
  http:
    - rote:
        - destination: { host: shop, subset: v2 }
`;

const UNKNOWN_SUBSET = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
spec:
  hosts: [shop]
  http:
    - route:
        - destination: { host: shop, subset: v9 }
`;

describe("a mistake is told once, with its place, and what served before goes on", () => {
  test("in a resource", async (context) => {
    const mesh = await startMesh(context, {
      files: {
        "services.yaml": [
          service({ name: "front" }),
          service({ name: "shop", versions: ["v1", "v2"] }),
        ].join("\n---\n"),
        "shop.yaml": everythingTo("v1"),
        "ingress.yaml": ingress("front"),
      },
      map: TEST_MAP,
      firstPath: PATH,
    });
    const cases = [
      { title: "a broken file", text: BROKEN, message: /shop\.yaml:[67]:\d+: error/ },
      { title: "an unknown field", text: UNKNOWN_FIELD, message: /shop\.yaml:8:\d+: error .*rote/ },
      {
        title: "a route to a subset that does not exist",
        text: UNKNOWN_SUBSET,
        message: /shop\.yaml:\d+:\d+: (error|warning) .*v9/,
      },
    ];
    for (const { title, text, message } of cases) {
      await context.test(title, async () => {
        const printedBefore = mesh.program.output().length;
        mesh.edit("shop.yaml", text);
        await mesh.program.prints(message);
        assert.equal(await answeringVersion(mesh), "v1");
        // Once the mended file is live, everything that the mistake caused has been printed.
        mesh.edit("shop.yaml", everythingTo("v2"));
        await eventually("the mended file being live", async () => {
          return (await answeringVersion(mesh)) === "v2" || undefined;
        });
        const printed = mesh.program.output().slice(printedBefore).split("\n");
        const told = printed.filter((line) => message.test(line));
        assert.equal(told.length, 1, told.join("\n"));
        mesh.edit("shop.yaml", everythingTo("v1"));
        await eventually("the first file being live again", async () => {
          return (await answeringVersion(mesh)) === "v1" || undefined;
        });
      });
    }
  });

  test("a gateway's port in use: by whom, and how to choose another", async (context) => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    context.after(() => holder.close());
    const { port } = holder.address() as AddressInfo;
    const { output } = await tryUp(context, TEST_MAP, port, new RegExp(`${port} .*in use`));
    assert.match(output, new RegExp(`${process.pid}`));
    assert.match(output, /--port 8080=/);
  });

  test("a missing command in weft.yaml", async (context) => {
    const folder = temporaryFolder(context);
    const map = join(folder, "weft.yaml");
    writeFileSync(map, "workloads:\n  - image: weft.dev/test/echo-v1\n");
    const port = await freePort();
    const { output } = await tryUp(context, map, port, /weft\.yaml:2:\d+: error .*command/);
    assert.match(output, /weft\.dev\/test\/echo-v1/);
  });
});

async function answeringVersion(mesh: RunningMesh): Promise<string> {
  const { status, body, json } = await mesh.get(PATH);
  assert.equal(status, 200, body);
  return json<Echo>().version;
}

/** Runs `weft up` where something is wrong from the start, until it says so. */
async function tryUp(context: TestContext, map: string, port: number, message: RegExp) {
  const folder = temporaryFolder(context);
  const state = temporaryFolder(context);
  writeFileSync(join(folder, "shop.yaml"), service({ name: "shop" }));
  writeFileSync(join(folder, "ingress.yaml"), ingress("shop"));
  const program = startProgram(
    weftCommand("up", folder, "--map", map, "--state", state, "--port", `8080=${port}`),
  );
  context.after(() => program.stop("SIGINT"));
  await program.prints(message);
  await program.stop("SIGINT");
  assert.deepEqual(processesMarked(state), []);
  return { output: program.output() };
}

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-messages-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
