import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { CidrRangeSchema } from "@weft/api/envoy/config/core/v3/address_pb.js";
import { isInRange, parseIpRange } from "./ip-range.ts";

const holds = (addressPrefix: string, prefixLen: number | undefined, address: string) =>
  isInRange(
    address,
    parseIpRange(
      create(CidrRangeSchema, { addressPrefix, ...(prefixLen !== undefined && { prefixLen }) }),
      "range",
    ),
  );

describe("IP range", () => {
  for (const [prefix, length, inside, outside] of [
    ["192.0.2.0", 24, "192.0.2.255", "192.0.3.0"],
    ["192.0.2.77", 25, "192.0.2.127", "192.0.2.128"],
    ["192.0.2.1", 32, "192.0.2.1", "192.0.2.2"],
    ["0.0.0.0", 0, "255.255.255.255", "::1"],
    ["::", 0, "2001:db8::1", "192.0.2.1"],
    ["2001:db8::", 33, "2001:db8:7fff::", "2001:db8:8000::"],
    ["2001:db8::1", 128, "2001:DB8:0:0::0001", "2001:db8::2"],
    ["::ffff:192.0.2.0", 24, "::FFFF:192.0.2.9", "::192.0.2.9"],
    ["64:ff9b::", 96, "64:ff9b::192.0.2.1", "64:ff9b:1::192.0.2.1"],
    ["fe80::", 10, "fe80::1%eth0", "fec0::1"],
  ] as const)
    test(`${prefix}/${length} holds ${inside}, not ${outside}`, () => {
      assert.equal(holds(prefix, length, inside), true);
      assert.equal(holds(prefix, length, outside), false);
    });

  test("without a length it is every address of its family", () => {
    assert.equal(holds("192.0.2.1", undefined, "198.51.100.1"), true);
  });

  test("text that is no address is in no range", () => {
    assert.deepEqual(
      ["", "example.com", "192.0.2", "192.0.2.256"].map((text) => holds("0.0.0.0", 0, text)),
      [false, false, false, false],
    );
  });

  for (const [prefix, length] of [
    ["192.0.2.0", 33],
    ["2001:db8::", 129],
    ["", 0],
    ["192.0.2.0/24", 24],
  ] as const)
    test(`"${prefix}" of length ${length} is refused`, () => {
      assert.throws(() => holds(prefix, length, "192.0.2.1"), /^ConfigError: range: /);
    });
});
