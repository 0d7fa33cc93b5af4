import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatReport, percentile, type Sample, summarize } from "./report.ts";

const sample = (cpuMicrosPerRequest: number, failedCount = 0): Sample => ({
  requestsPerSecond: 1000,
  cpuMicrosPerRequest,
  p50Micros: cpuMicrosPerRequest * 10,
  p99Micros: cpuMicrosPerRequest * 100,
  failedCount,
});

describe("bench report", () => {
  test("a percentile is a value that was measured", () => {
    assert.equal(percentile([4, 1, 3, 2], 0.5), 2);
    assert.equal(percentile([4, 1, 3, 2], 0.99), 4);
    assert.equal(percentile([7], 0.5), 7);
  });

  test("a summary takes medians and adds up failures", () => {
    const { cpuMicrosPerRequest, failedCount } = summarize([sample(9), sample(2, 1), sample(4, 2)]);
    assert.deepEqual([cpuMicrosPerRequest, failedCount], [4, 3]);
  });

  test("ratios are Weft's figures over the other's", () => {
    const report = formatReport(
      new Map([
        ["weft", sample(30)],
        ["envoy", sample(20)],
      ]),
    );
    assert.match(report, /weft\/envoy: CPU ×1\.50, p50 ×1\.50, p99 ×1\.50/);
    assert.match(report, /weft\/nginx: not measured/);
  });
});
