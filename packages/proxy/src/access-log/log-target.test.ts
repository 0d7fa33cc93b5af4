import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { createFakeClock } from "@weft/testing";
import { eventually } from "@weft/testing/end-to-end";
import { createFileTarget } from "./log-target.ts";
import { createAccessLogSinks } from "./sink.ts";

const SOON = { everyMs: 1 };

describe("access log file", () => {
  test("is appended to, and only its owner and group may read it", async (t) => {
    const path = join(folder(t), "log");
    for (const line of ["first\n", "second\n"]) {
      const target = createFileTarget(path, assert.fail);
      target.write(line);
      await target.close();
    }
    assert.equal(readFileSync(path, "utf8"), "first\nsecond\n");
    assert.equal(statSync(path).mode & 0o007, 0);
  });

  test("after a rotation goes on at its own path", async (t) => {
    const path = join(folder(t), "log");
    const sinks = createAccessLogSinks(createFakeClock(), assert.fail);
    const sink = sinks.sink(path);
    sink.write("old\n");
    await eventually("the file", () => existsSync(path) || undefined, SOON);
    renameSync(path, `${path}.1`);
    sinks.reopen();
    sink.write("new\n");
    await sinks.close();
    const old = () => readFileSync(`${path}.1`, "utf8") || undefined;
    assert.equal(await eventually("the old file's line", old, SOON), "old\n");
    assert.equal(readFileSync(path, "utf8"), "new\n");
  });

  test("two logs of one path share a sink", (t) => {
    const sinks = createAccessLogSinks(createFakeClock(), assert.fail);
    const path = join(folder(t), "log");
    assert.equal(sinks.sink(path), sinks.sink(path));
    assert.notEqual(sinks.sink(path), sinks.sink(`${path}2`));
    return sinks.close();
  });

  test("a failure is reported once, and the file is tried again until it works", async (t) => {
    const place = join(folder(t), "missing");
    const errors: Error[] = [];
    const failed = Promise.withResolvers<void>();
    const target = createFileTarget(join(place, "log"), (error) => {
      errors.push(error);
      failed.resolve();
    });
    await failed.promise;
    target.write("lost\n");
    await target.close();
    assert.equal(errors.length, 1);
    assert.match(errors[0]?.message ?? "", /ENOENT/);
    mkdirSync(place);
    target.write("kept\n");
    await target.close();
    assert.equal(readFileSync(join(place, "log"), "utf8"), "kept\n");
  });

  test("closing a file that cannot be opened ends", async (t) => {
    const target = createFileTarget(join(folder(t), "missing", "log"), () => {});
    await target.close();
  });
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "weft-log-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}
