import assert from "node:assert/strict";
import { test } from "node:test";
import { knowsAll, type SyncPage } from "./sync-page.ts";

const SYNCED = { version: "v/2", isSynced: true };

function page(changes: Partial<SyncPage> = {}): SyncPage {
  return { version: "v/2", readyWorkloads: ["a/x", "a/y"], proxies: [SYNCED, SYNCED], ...changes };
}

test("sync page: all is known when every proxy acknowledged what names every pod", () => {
  assert.equal(knowsAll(page(), ["a/x", "a/y"]), true);
});

test("sync page: not yet when a pod is missing, an answer is awaited or a proxy is behind", () => {
  assert.equal(knowsAll(page(), ["a/x", "a/z"]), false);
  assert.equal(knowsAll(page({ proxies: [SYNCED, { ...SYNCED, isSynced: false }] }), []), false);
  assert.equal(knowsAll(page({ proxies: [SYNCED, { ...SYNCED, version: "v/1" }] }), []), false);
});
