import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { toJson } from "@weft/control-plane";
import { createTestAuthority } from "@weft/testing/end-to-end";
import {
  listGolden,
  translateGolden,
} from "../../packages/control-plane/src/translate/testing/golden-case.ts";
import { requirePart } from "../../scripts/part.ts";
import { buildStaticBootstrap } from "./static-bootstrap.ts";

const folder = mkdtempSync(join(tmpdir(), "weft-golden-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const files = writeCertificates();

/** A real Envoy reads what every case of `translate/testdata` translates to, all of it. */
describe("Envoy takes", { concurrency: 2 }, () => {
  for (const name of listGolden(".in.yaml")) {
    test(name, async (context) => {
      const envoy = requirePart(context, "envoy");
      const { resources, isWeft } = translateGolden(name);
      // Weft's own proxy has filters that Envoy does not have.
      if (envoy === undefined || isWeft) return;
      const path = join(folder, `${name.replaceAll("/", "-")}.json`);
      writeFileSync(path, JSON.stringify(buildStaticBootstrap(toJson(resources), files)));
      const { code, output } = await runToFile(envoy, path);
      assert.equal(code, 0, output);
      assert.match(output, /OK$/m);
    });
  }
});

/** Into a file: Envoy opens `/dev/stdout` for its access log, which a socket does not allow. */
async function runToFile(envoy: string, bootstrap: string) {
  const path = `${bootstrap}.log`;
  const file = openSync(path, "w");
  const parameters = ["--mode", "validate", "-c", bootstrap, "-l", "error"];
  const child = spawn(envoy, parameters, { stdio: ["ignore", file, file] });
  const [code] = await once(child, "exit");
  closeSync(file);
  return { code, output: readFileSync(path, "utf8") };
}

function writeCertificates() {
  const authority = createTestAuthority();
  const { cert, key } = authority.issue("spiffe://test/ns/a/sa/b");
  const paths = {
    certificate: join(folder, "certificate.pem"),
    key: join(folder, "key.pem"),
    roots: join(folder, "roots.pem"),
  };
  writeFileSync(paths.certificate, cert);
  writeFileSync(paths.key, key);
  writeFileSync(paths.roots, authority.rootPem);
  return paths;
}
