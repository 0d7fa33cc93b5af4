import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FoundFile } from "./find-files.ts";
import { Settling } from "./settling.ts";

const found = (stamp: string, overrides: Partial<FoundFile> = {}): FoundFile => ({
  file: "a.yaml",
  stamp,
  inode: 1,
  bytes: 10,
  ...overrides,
});

describe("settling", () => {
  test("a new file is read at once, an unchanged one never again", () => {
    const settling = new Settling();
    assert.deepEqual([settling.accept(found("1")), settling.accept(found("1"))], [true, false]);
    assert.equal(settling.isWaiting, false);
  });

  test("a file written over is read once it looks the same twice", () => {
    const settling = new Settling();
    settling.accept(found("1"));
    assert.equal(settling.accept(found("2")), false);
    assert.equal(settling.accept(found("3")), false);
    assert.equal(settling.isWaiting, true);
    assert.equal(settling.accept(found("3")), true);
    assert.equal(settling.isWaiting, false);
  });

  test("a file renamed into place is read at once, unless it is empty", () => {
    const settling = new Settling();
    settling.accept(found("1"));
    assert.equal(settling.accept(found("2", { inode: 2 })), true);
    assert.equal(settling.accept(found("3", { inode: 3, bytes: 0 })), false);
  });

  test("a file is gone when it was missed twice", () => {
    const settling = new Settling();
    settling.accept(found("1"));
    assert.deepEqual(settling.missing([]), ["a.yaml"]);
    assert.deepEqual([settling.acceptGone("a.yaml"), settling.acceptGone("a.yaml")], [false, true]);
    assert.deepEqual(settling.missing([]), []);
  });

  test("a file that comes back as it was needs no reading", () => {
    const settling = new Settling();
    settling.accept(found("1"));
    settling.acceptGone("a.yaml");
    assert.equal(settling.accept(found("1")), false);
    assert.equal(settling.isWaiting, false);
  });
});
