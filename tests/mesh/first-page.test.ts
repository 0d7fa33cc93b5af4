import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, eventually, freePort, processesMarked, startProgram } from "@weft/testing/end-to-end";
import { chromium } from "playwright-core";
import { requirePart } from "../../scripts/part.ts";
import { ROOT } from "../fixtures/test-mesh.ts";

const INSTALLED = /bundling .* took/;

test("a fresh clone with empty caches: npm start, and the page shows every version of reviews", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "weft-clone-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const clone = join(folder, "clone");
  copyTree(clone);
  const port = await freePort();
  const state = join(folder, "state");
  const program = startProgram(["npm", "start", "--", "--state", state, "--port", `8080=${port}`], {
    cwd: clone,
    env: { npm_config_cache: join(folder, "npm-cache"), PATH: machinePath() },
  });
  context.after(() => program.stop("SIGINT"));

  await program.prints(INSTALLED, { deadlineMs: 240_000 });
  const installedAtMs = performance.now();
  const page = `http://127.0.0.1:${port}/productpage`;
  await eventually(
    "the first good page",
    async () => {
      if (!program.isRunning()) return "ended";
      const { status } = await ask(page);
      return status === 200 ? "good" : undefined;
    },
    { deadlineMs: 60_000 },
  );
  assert(program.isRunning(), program.output());
  const seconds = ((performance.now() - installedAtMs) / 1000).toFixed(1);
  context.diagnostic(`from npm start (after installation) to the first good page: ${seconds} s`);

  const versions = await eventually("all three versions of reviews", async () => {
    const pages = await Promise.all(Array.from({ length: 12 }, () => ask(page)));
    const seen = pages.map(({ body }) => /data-reviews-version="(v\d)"/.exec(body)?.[1]);
    const distinct = [...new Set(seen)].sort();
    return distinct.length >= 3 ? distinct : undefined;
  });
  assert.deepEqual(versions, ["v1", "v2", "v3"]);

  await context.test("a browser shows it, and a visitor can sign in", async (inner) => {
    await signIn(inner, page);
  });

  await program.stop("SIGINT");
  assert.deepEqual(processesMarked(state), []);
});

async function signIn(context: TestContext, url: string): Promise<void> {
  const executablePath = requirePart(context, "chromium");
  if (executablePath === undefined) return;
  // As root, as in a container, Chromium has no sandbox of its own.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  context.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  assert.match(
    (await page.locator("[data-reviews-version]").textContent()) ?? "",
    /^reviews v[123]$/,
  );
  assert.equal(await page.getByRole("alert").count(), 0);
  await page.getByLabel("User name").fill("jason");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signed in as jason").waitFor();
}

/** What a commit of this moment would hold: the files that git knows or does not ignore. */
function copyTree(target: string): void {
  const parameters = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", parameters, { cwd: ROOT, encoding: "utf8" }).split("\0");
  for (const file of files) {
    if (file !== "" && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(target, file));
  }
}

/** The PATH without what `npm test` put before it: a newcomer's Node is the machine's. */
function machinePath(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((path) => !path.includes("node_modules")).join(delimiter);
}
