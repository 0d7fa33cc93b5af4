import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Clock, silentLog, systemClock } from "@weft/core";
import { createFileConfigSource } from "./file-config-source.ts";
import type { MeshReading } from "./resource-store.ts";

const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: 80 }] }\n`;

/** A watched folder, and the hand that lets the rescan interval pass. */
async function setUp(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "weft-config-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  let rescan = () => {};
  const clock: Clock = {
    ...systemClock,
    schedule(delayMs, callback) {
      if (delayMs < 1000) return systemClock.schedule(delayMs, callback);
      rescan = callback;
      return { cancel() {} };
    },
  };
  const readings: MeshReading[] = [];
  let wake = () => {};
  const source = createFileConfigSource({
    paths: [folder],
    clock,
    log: silentLog,
    onChange(reading) {
      readings.push(reading);
      wake();
    },
  });
  t.after(async () => {
    await source.close();
    await rm(folder, { recursive: true });
  });
  await source.start();
  /** Settles when the latest reading is as wanted. */
  const until = async (isWanted: (reading: MeshReading) => boolean) => {
    for (;;) {
      const latest = readings.at(-1);
      if (latest !== undefined && isWanted(latest)) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        rescan();
      });
    }
  };
  const seen = (...names: readonly string[]) =>
    until(({ mesh }) => mesh.services.map(({ name }) => name).join() === names.join());
  return { folder, readings, seen, until, source, rescan: () => rescan() };
}

test("a folder is read at once, its subfolders as well, but nothing hidden", async (t) => {
  const { folder, seen } = await setUp(t, { "a.yaml": service("a"), ".b.yaml": service("b") });
  await seen("a");
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, "sub", "c.yml"), service("c"));
  await writeFile(join(folder, "readme.md"), "not yaml");
  await seen("a", "c");
});

test("a file replaced by renaming another one is read again, repeatedly", async (t) => {
  const { folder, seen } = await setUp(t, { "a.yaml": service("a") });
  for (const name of ["b", "c", "d"]) {
    await writeFile(join(folder, ".a.yaml.tmp"), service(name));
    await rename(join(folder, ".a.yaml.tmp"), join(folder, "a.yaml"));
    await seen(name);
  }
});

test("a deleted file takes its resources along", async (t) => {
  const { folder, seen } = await setUp(t, { "a.yaml": service("a"), "b.yaml": service("b") });
  await seen("a", "b");
  await unlink(join(folder, "a.yaml"));
  await seen("b");
});

test("a broken save keeps what served, and the next good one is taken", async (t) => {
  const { folder, readings, seen, until } = await setUp(t, { "a.yaml": service("a") });
  await writeFile(join(folder, "a.yaml"), "kind: [\n");
  await until(({ problems }) => problems.some(({ code }) => code === "InvalidYaml"));
  await seen("a");
  await writeFile(join(folder, "a.yaml"), service("c"));
  await seen("c");
  assert.deepEqual(readings.at(-1)?.problems, []);
});

test("a file emptied and then written with an error keeps its last good version", async (t) => {
  const { folder, readings, seen } = await setUp(t, { "a.yaml": service("a") });
  await writeFile(join(folder, "a.yaml"), "");
  await writeFile(join(folder, "b.yaml"), service("b"));
  await writeFile(join(folder, "a.yaml"), service("a").replace("ports", "prots"));
  await seen("a", "b");
  assert(readings.every(({ mesh }) => mesh.services[0]?.name === "a"));
});

test("a file emptied for good loses its resources", async (t) => {
  const { folder, seen } = await setUp(t, { "a.yaml": service("a"), "b.yaml": service("b") });
  await writeFile(join(folder, "a.yaml"), "");
  await seen("b");
});

test("a file taken away and put back at once never loses its resources", async (t) => {
  const { folder, readings, seen } = await setUp(t, { "a.yaml": service("a") });
  await rename(join(folder, "a.yaml"), join(folder, "a.yaml~"));
  await writeFile(join(folder, "a.yaml"), service("a"));
  await writeFile(join(folder, "b.yaml"), service("b"));
  await seen("a", "b");
  assert(readings.every(({ mesh }) => mesh.services[0]?.name === "a"));
});

test("nothing is told when nothing changed", async (t) => {
  const { folder, readings, rescan, seen } = await setUp(t, { "a.yaml": service("a") });
  rescan();
  rescan();
  await writeFile(join(folder, "b.yaml"), service("b"));
  await seen("a", "b");
  const changes = new Set(readings.map(({ mesh }) => mesh.services.length));
  assert.deepEqual([...changes], [1, 2]);
});

test("a path that does not exist is a problem, not a failure", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "weft-config-"));
  const readings: MeshReading[] = [];
  const path = join(folder, "later.yaml");
  const source = createFileConfigSource({
    paths: [path],
    clock: { ...systemClock, schedule: () => ({ cancel() {} }) },
    log: silentLog,
    onChange: (reading) => readings.push(reading),
  });
  t.after(async () => {
    await source.close();
    await rm(folder, { recursive: true });
  });
  await source.start();
  assert.deepEqual(
    readings.map(({ problems }) => problems.map(({ code }) => code)),
    [["FileUnreadable"]],
  );
});

test("after close nothing is told", async (t) => {
  const { folder, readings, source, rescan } = await setUp(t, { "a.yaml": service("a") });
  const count = readings.length;
  await source.close();
  await source.close();
  await writeFile(join(folder, "b.yaml"), service("b"));
  rescan();
  await source.close();
  assert.equal(readings.length, count);
});
