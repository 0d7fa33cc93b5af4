import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileTimeFormat, formatIsoTime } from "./start-time.ts";

const AFTERNOON = Date.UTC(2026, 1, 3, 16, 5, 6, 78);
const MIDNIGHT = Date.UTC(2028, 11, 31, 0, 0, 0, 0);

describe("start time", () => {
  test("is ISO 8601 with milliseconds by default", () => {
    assert.equal(formatIsoTime(AFTERNOON), "2026-02-03T16:05:06.078Z");
  });

  for (const [pattern, afternoon, midnight] of [
    ["%Y/%m/%dT%H:%M:%S%z", "2026/02/03T16:05:06+0000", "2028/12/31T00:00:00+0000"],
    ["%d/%b/%Y:%T", "03/Feb/2026:16:05:06", "31/Dec/2028:00:00:00"],
    ["%s.%3f", "1770134706.078", "1861833600.000"],
    ["%6f", "078000", "000000"],
    ["%9f", "078000000", "000000000"],
    ["%f", "078000000", "000000000"],
    ["%1f", "0", "0"],
    ["%F %R %Z", "2026-02-03 16:05 UTC", "2028-12-31 00:00 UTC"],
    ["%a %A %B", "Tue Tuesday February", "Sun Sunday December"],
    ["%e %y %j", " 3 26 034", "31 28 366"],
    ["%I %p", "04 PM", "12 AM"],
    ["%%Y", "%Y", "%Y"],
    ["%Q", "%Q", "%Q"],
    ["no letters", "no letters", "no letters"],
  ] as const)
    test(`${pattern} is written as strftime does`, () => {
      const format = compileTimeFormat(pattern);
      assert.deepEqual([format(AFTERNOON), format(MIDNIGHT)], [afternoon, midnight]);
    });
});
