/** The commands that run nothing, as a shell sees them: exit codes and output. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startProgram, weftCommand } from "@weft/testing/end-to-end";

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 8000 }]
`;

function fileWith(context: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "weft-commands-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "shop.yaml");
  writeFileSync(file, text);
  return file;
}

async function weft(...parameters: readonly string[]) {
  const program = startProgram(weftCommand(...parameters));
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

test("weft translate: prints what a proxy would get", async (context) => {
  const file = fileWith(context, SERVICE);
  const { code, output } = await weft("translate", file, "--proxy", "front", "-o", "json");
  assert.equal(code, 0, output);
  const names = JSON.parse(output).clusters.map(({ name }: { name: string }) => name);
  assert.ok(names.includes("outbound|8000||shop.default.svc.cluster.local"), names.join("\n"));
});
