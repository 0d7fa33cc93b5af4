import assert from "node:assert/strict";
import { test } from "node:test";
import { imageName, matchImage } from "./image-glob.ts";

test("image name: tag and digest are cut, a registry's port is kept", () => {
  assert.equal(imageName("docker.io/istio/reviews:1.20.3"), "docker.io/istio/reviews");
  assert.equal(imageName("registry.example.com:5000/reviews"), "registry.example.com:5000/reviews");
  assert.equal(imageName("reviews@sha256:abc"), "reviews");
});

test("image glob: a star stands for any characters", () => {
  const image = "docker.io/istio/examples-bookinfo-reviews-v1:1.20.3";
  assert.ok(matchImage("*/examples-bookinfo-reviews-v1", image));
  assert.ok(matchImage("*reviews*", image));
  assert.ok(!matchImage("*/examples-bookinfo-reviews-v2", image));
  assert.ok(!matchImage("examples-bookinfo-reviews-v1", image));
});

test("image glob: other signs of regular expressions are plain characters", () => {
  assert.ok(matchImage("weft.dev/a+b", "weft.dev/a+b:1"));
  assert.ok(!matchImage("weft.dev/a", "weftxdev/a"));
});
