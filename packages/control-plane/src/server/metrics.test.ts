import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "./metrics.ts";

test("metrics are rendered as Prometheus reads them, families together", () => {
  const metrics = new Metrics();
  metrics.count("pilot_xds_pushes", "Responses sent.", { type: "cds" });
  metrics.set("pilot_xds", "Proxies.", 3);
  metrics.count("pilot_xds_pushes", "Responses sent.", { type: "lds" });
  metrics.count("pilot_xds_pushes", "Responses sent.", { type: "cds" });
  assert.equal(
    metrics.render(),
    `# HELP pilot_xds_pushes Responses sent.
# TYPE pilot_xds_pushes counter
pilot_xds_pushes{type="cds"} 2
pilot_xds_pushes{type="lds"} 1
# HELP pilot_xds Proxies.
# TYPE pilot_xds gauge
pilot_xds 3
`,
  );
});

test("a histogram's buckets are cumulative", () => {
  const metrics = new Metrics();
  for (const seconds of [0.05, 0.5, 5]) metrics.observe("wait", "A wait.", seconds, [0.1, 1]);
  assert.match(
    metrics.render(),
    /le="0.1"} 1\n.*le="1"} 2\n.*le="\+Inf"} 3\nwait_sum 5.55\nwait_count 3/,
  );
});

test("a label's value cannot forge a sample", () => {
  const metrics = new Metrics();
  metrics.set("known", "Known.", 1, { name: 'a"} 2\nforged 3' });
  assert.match(metrics.render(), /^known\{name="a\\"\} 2\\nforged 3"\} 1$/m);
});
