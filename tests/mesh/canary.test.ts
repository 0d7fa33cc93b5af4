import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, startMesh } from "@weft/testing/end-to-end";
import { ingress, service, share } from "../fixtures/manifests.ts";
import { TEST_MAP } from "../fixtures/test-mesh.ts";

const REQUESTS = 10_000;
const CANARY_SHARE = 0.03;

const split = (v1: number, v2: number) =>
  ingress("shop", [{ route: [share("shop", "v1", v1), share("shop", "v2", v2)] }]);

describe("a canary", () => {
  test("gets its 3 % of 10,000 requests, and a new split goes live without a failure", async (context) => {
    const mesh = await startMesh(context, {
      files: {
        "shop.yaml": service({ name: "shop", versions: ["v1", "v2"] }),
        "split.yaml": split(97, 3),
      },
      map: TEST_MAP,
    });

    await context.test("its share lies within three standard deviations", async () => {
      const report = await mesh.load("/", { count: REQUESTS, label: versionOf });
      assert.equal(report.failedCount, 0, report.complaints.join("\n"));
      const sigma = Math.sqrt(REQUESTS * CANARY_SHARE * (1 - CANARY_SHARE));
      const difference = Math.abs((report.labels.v2 ?? 0) - REQUESTS * CANARY_SHARE);
      context.diagnostic(`v2 got ${report.labels.v2} of ${REQUESTS}`);
      assert(difference <= 3 * sigma, `v2 got ${report.labels.v2} of ${REQUESTS}`);
    });

    await context.test("weights change under 200 requests a second with 0 failed", async () => {
      let lastOldAtMs = 0;
      const watching = mesh.load("/", {
        ratePerSecond: 200,
        durationMs: 6000,
        label: (answer) => {
          const version = versionOf(answer);
          if (version === "v1") lastOldAtMs = performance.now();
          return version;
        },
      });
      await eventually("traffic on the old split", () => lastOldAtMs > 0 || undefined);
      const editedAtMs = performance.now();
      mesh.edit("split.yaml", split(0, 100));
      const report = await watching;
      assert.equal(report.failedCount, 0, report.complaints.join("\n"));
      const liveMs = Math.max(0, lastOldAtMs - editedAtMs);
      context.diagnostic(
        `from saving the file to the last answer by the old split: ${liveMs.toFixed(0)} ms`,
      );
      assert(liveMs < 5000, "the old split answered until the end");
      assert((report.labels.v2 ?? 0) > 200, `v2 answered ${report.labels.v2} times`);
    });
  });
});

function versionOf({ body }: { readonly body: string }): string {
  return JSON.parse(body).version;
}
