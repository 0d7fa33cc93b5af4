import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "@weft/core";
import { consumeJoinToken } from "./join-token.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa/reviews";

test("a join token names its bearer once", async (t) => {
  const folder = await makeFolder(t);
  const token = await layDown(folder, { ...grant, expiresAtMs: Date.now() + 60_000 });
  assert.deepEqual(await consumeJoinToken(folder, token, systemClock), grant);
  await assert.rejects(consumeJoinToken(folder, token, systemClock), /used before/);
});

test("of many bearers at the same moment one is let in", async (t) => {
  const folder = await makeFolder(t);
  const token = await layDown(folder, { ...grant, expiresAtMs: Date.now() + 60_000 });
  const attempts = Array.from({ length: 10 }, () => consumeJoinToken(folder, token, systemClock));
  const outcomes = await Promise.allSettled(attempts);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});

test("an expired join token is refused and gone", async (t) => {
  const folder = await makeFolder(t);
  const token = await layDown(folder, { ...grant, expiresAtMs: Date.now() - 1 });
  await assert.rejects(consumeJoinToken(folder, token, systemClock), /has expired/);
  assert.deepEqual(await readdir(folder), []);
});

for (const token of ["", "../../etc/passwd", "x".repeat(10_000)]) {
  test(`"${token.slice(0, 20)}" is no join token`, async (t) => {
    await assert.rejects(consumeJoinToken(await makeFolder(t), token, systemClock), /unknown/);
  });
}

const grant = { identity: IDENTITY, pod: "default/reviews-v1-0" };

async function layDown(folder: string, record: object): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const digest = createHash("sha256").update(token).digest("hex");
  await writeFile(join(folder, `${digest}.json`), JSON.stringify(record));
  return token;
}

async function makeFolder(t: { after(callback: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "weft-token-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
