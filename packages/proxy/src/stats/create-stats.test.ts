import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createStats } from "./create-stats.ts";

describe("stats", () => {
  test("the same name and labels are the same counter", () => {
    const stats = createStats();
    stats.counter("a_total", { x: "1" }).add(2);
    stats.counter("a_total", { x: "1" }).add(3);
    assert.equal(stats.counter("a_total", { x: "1" }).value, 5);
    assert.equal(stats.counter("a_total", { x: "2" }).value, 0);
  });

  test("a name cannot be a counter and a gauge", () => {
    const stats = createStats();
    stats.counter("a_total");
    assert.throws(() => stats.gauge("a_total"), /a_total is a counter/);
  });

  test("series of one name stand together under one TYPE line", () => {
    const stats = createStats();
    stats.counter("a_total", { x: "1" }).add(1);
    stats.gauge("b").set(7);
    stats.counter("a_total", { x: "2" }).add(1);
    assert.equal(
      stats.renderPrometheus(),
      [
        "# HELP a_total a total",
        "# TYPE a_total counter",
        'a_total{x="1"} 1',
        'a_total{x="2"} 1',
        "# HELP b b",
        "# TYPE b gauge",
        "b 7",
        "",
      ].join("\n"),
    );
  });

  test("a label value cannot break out of its quotes", () => {
    const stats = createStats();
    stats.counter("a_total", { x: 'a"b\\c\nd' }).add(1);
    assert.match(stats.renderPrometheus(), /^a_total\{x="a\\"b\\\\c\\nd"\} 1$/m);
  });

  test("histogram buckets are cumulative, and a bound belongs to its own bucket", () => {
    const stats = createStats();
    const histogram = stats.histogram("h", { x: "1" }, [1, 10]);
    for (const value of [1, 5, 10, 11]) histogram.observe(value);
    assert.match(
      stats.renderPrometheus(),
      /h_bucket\{x="1",le="1"\} 1\nh_bucket\{x="1",le="10"\} 3\nh_bucket\{x="1",le="\+Inf"\} 4\nh_sum\{x="1"\} 27\nh_count\{x="1"\} 4\n/,
    );
  });

  test("the text form names one series a line", () => {
    const stats = createStats();
    stats.gauge("b").set(7);
    stats.counter("a_total", { x: "1" }).add(1);
    assert.equal(stats.renderText(), 'a_total{x="1"}: 1\nb: 7\n');
  });
});
