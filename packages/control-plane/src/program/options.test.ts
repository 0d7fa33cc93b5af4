import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "@weft/core";
import { parseControlPlaneOptions } from "./options.ts";

const NEEDED = ["--config", "a", "--config", "b.yaml", "--state", "s"];

describe("the control plane's command line", () => {
  test("has defaults for all but configuration and state", () => {
    assert.deepEqual(parseControlPlaneOptions(NEEDED), {
      configPaths: ["a", "b.yaml"],
      stateFolder: "s",
      address: "127.0.0.1",
      trustDomain: "cluster.local",
      workloadCertificateLifetimeMs: 86_400_000,
      exitsWithParent: false,
      servesPlaintextXds: false,
    });
  });

  test("can be asked for help", () => assert.equal(parseControlPlaneOptions(["-h"]), "help"));

  for (const argv of [
    [],
    ["--config", "a"],
    ["--state", "s"],
    [...NEEDED, "--colour"],
    [...NEEDED, "stray"],
    [...NEEDED, "--workload-certificate-lifetime", "1s"],
    [...NEEDED, "--workload-certificate-lifetime", "soon"],
  ]) {
    test(`refuses "${argv.join(" ")}"`, () =>
      assert.throws(() => parseControlPlaneOptions(argv), ConfigError));
  }
});
