import assert from "node:assert/strict";
import { test } from "node:test";
import { TYPE_URL } from "@weft/api";
import { checkResources } from "./check-resources.ts";

const { cluster, listener } = TYPE_URL;

test("resources of the type that was asked for, each once, are taken", () => {
  checkResources(cluster, [
    { name: "a", typeUrl: cluster },
    { name: "b", typeUrl: cluster },
  ]);
});

test("a resource of another type is refused by name, whatever its bytes would pass for", () => {
  assert.throws(
    () => checkResources(cluster, [{ name: "a", typeUrl: listener }]),
    /^ConfigError: a: is of type .*Listener, not .*Cluster$/,
  );
});

test("two of one name are refused", () => {
  const twice = [
    { name: "a", typeUrl: cluster },
    { name: "a", typeUrl: cluster },
  ];
  assert.throws(() => checkResources(cluster, twice), /a: is there twice/);
});
