import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createStats } from "../stats/create-stats.ts";
import { renderPrometheus, renderStats } from "./stats-page.ts";

const query = (text: string) => new URLSearchParams(text);

describe("/stats", () => {
  test("is one sorted line for each series", () => {
    const { body, contentType } = renderStats(setUp(), query(""));
    assert.equal(body, 'a_total{x="1"}: 1\na_total{x="2: 3"}: 2\nb: -4\nh: count=1 sum=7\n');
    assert.equal(contentType, undefined);
  });

  for (const [filter, want] of [
    ["^a_", 'a_total{x="1"}: 1\na_total{x="2: 3"}: 2\n'],
    ['x="1"', 'a_total{x="1"}: 1\n'],
    ["^b$", "b: -4\n"],
    ["^B$", ""],
    ["count", ""],
    ["", 'a_total{x="1"}: 1\na_total{x="2: 3"}: 2\nb: -4\nh: count=1 sum=7\n'],
  ] as const)
    test(`?filter=${filter} keeps the names that it finds`, () => {
      const asked = new URLSearchParams({ filter });
      assert.equal(renderStats(setUp(), asked).body, want);
    });

  test("?format=json has numbers, and histograms in words", () => {
    const { body, contentType } = renderStats(setUp(), query("format=json&filter=b|h|2"));
    assert.deepEqual(JSON.parse(body), {
      stats: [
        { name: 'a_total{x="2: 3"}', value: 2 },
        { name: "b", value: -4 },
        { name: "h", value: "count=1 sum=7" },
      ],
    });
    assert.equal(contentType, "application/json");
  });

  test("?format=prometheus and /stats/prometheus are the same, and filter alike", () => {
    const stats = setUp();
    const asked = renderStats(stats, query("format=prometheus&filter=^b$"));
    assert.equal(asked.body, "# HELP b b\n# TYPE b gauge\nb -4\n");
    assert.equal(asked.contentType, "text/plain; version=0.0.4; charset=utf-8");
    assert.deepEqual(renderPrometheus(stats, query("filter=^b$")), asked);
    assert.equal(renderPrometheus(stats, query("")).body, stats.renderPrometheus());
  });

  for (const text of ["filter=(", "filter=(&format=prometheus", "format=html", "format=JSON"])
    test(`?${text} is answered 400`, () => {
      assert.equal(renderStats(setUp(), query(text)).status, 400);
    });
});

function setUp() {
  const stats = createStats();
  stats.gauge("b").set(-4);
  stats.counter("a_total", { x: "2: 3" }).add(2);
  stats.counter("a_total", { x: "1" }).add(1);
  stats.histogram("h").observe(7);
  return stats;
}
