import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createStats, DEFAULT_BOUNDS } from "./create-stats.ts";

/** Values of the series of `name`, by what stands before them. */
const series = (text: string, name: string) =>
  text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe("Prometheus text", () => {
  test("is empty without series, and ends in a line end with them", () => {
    const stats = createStats();
    assert.equal(stats.renderPrometheus(), "");
    stats.counter("a_total");
    assert.equal(
      stats.renderPrometheus(),
      "# HELP a_total a total\n# TYPE a_total counter\na_total 0\n",
    );
  });

  test("does not change its order when values do", () => {
    const stats = createStats();
    const counters = ["z", "a", "m"].map((x) => stats.counter("a_total", { x }));
    const titles = () => stats.renderPrometheus().replaceAll(/ \d+$/gm, "");
    const before = titles();
    for (const [index, counter] of counters.entries()) counter.add(index);
    stats.counter("a_total", { x: "m" }).add(1);
    assert.equal(titles(), before);
  });

  test("of a histogram has Envoy's buckets, each holding those before it", () => {
    const stats = createStats();
    const histogram = stats.histogram("h");
    for (const bound of DEFAULT_BOUNDS) histogram.observe(bound);
    histogram.observe(4_000_000);
    const text = stats.renderPrometheus();
    const buckets = series(text, "h_bucket");
    assert.equal(buckets.length, DEFAULT_BOUNDS.length + 1);
    for (const [index, bound] of DEFAULT_BOUNDS.entries())
      assert.equal(buckets[index], `h_bucket{le="${bound}"} ${index + 1}`);
    assert.equal(buckets.at(-1), 'h_bucket{le="+Inf"} 20');
    assert.deepEqual(series(text, "h_count"), ["h_count 20"]);
  });

  test("bounds are written as plain numbers", () => {
    assert.deepEqual(
      DEFAULT_BOUNDS.filter((bound) => !/^\d+(\.\d+)?$/.test(String(bound))),
      [],
    );
  });

  test("an observation belongs to the first bucket that is not below it", () => {
    const stats = createStats();
    const histogram = stats.histogram("h", {}, [1, 10]);
    for (const value of [-1, 0, 1, 1.001, 10, 10.001, Number.MAX_VALUE]) histogram.observe(value);
    const counts = series(stats.renderPrometheus(), "h_bucket").map((line) => line.split(" ")[1]);
    assert.deepEqual(counts, ["3", "5", "7"]);
  });

  test("a histogram without observations is there", () => {
    const stats = createStats();
    stats.histogram("h", { x: "1" }, [1]);
    assert.match(
      stats.renderPrometheus(),
      /h_bucket\{x="1",le="1"\} 0\nh_bucket\{x="1",le="\+Inf"\} 0\nh_sum\{x="1"\} 0\nh_count\{x="1"\} 0\n$/,
    );
  });

  for (const [value, written] of [
    ['quote"', 'quote\\"'],
    ["back\\slash", "back\\\\slash"],
    ["line\nend", "line\\nend"],
    ["\\n", "\\\\n"],
    ['"} 1\nforged_total{x="', '\\"} 1\\nforged_total{x=\\"'],
    ["", ""],
  ] as const)
    test(`the label value ${JSON.stringify(value)} is escaped`, () => {
      const stats = createStats();
      stats.counter("a_total", { x: value }).add(1);
      assert.deepEqual(series(stats.renderPrometheus(), "a_total"), [`a_total{x="${written}"} 1`]);
    });

  test("a filter keeps whole families", () => {
    const stats = createStats();
    stats.counter("a_total").add(1);
    stats.histogram("h", {}, [1]).observe(1);
    const text = stats.renderPrometheus((name) => name === "h");
    assert.doesNotMatch(text, /a_total/);
    assert.match(text, /^# HELP h h\n# TYPE h histogram\nh_bucket/);
  });
});
