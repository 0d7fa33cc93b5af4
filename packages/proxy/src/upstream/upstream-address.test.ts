import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { AddressSchema } from "@weft/api/envoy/config/core/v3/address_pb.js";
import { formatAddress, parseAddress, parseHostPort } from "./upstream-address.ts";

const parse = (json: JsonObject) => parseAddress(fromJson(AddressSchema, json), "address");

describe("an address", () => {
  for (const [json, want] of [
    [{ socketAddress: { address: "192.0.2.7", portValue: 80 } }, "192.0.2.7:80"],
    [{ socketAddress: { address: "2001:db8::1", portValue: 80 } }, "[2001:db8::1]:80"],
    [{ socketAddress: { address: "a.example.com", portValue: 65_535 } }, "a.example.com:65535"],
    [{ socketAddress: { address: "192.0.2.7", portValue: 0 } }, "192.0.2.7:0"],
    [{ pipe: { path: "/run/a.sock" } }, "/run/a.sock"],
    [{ envoyInternalAddress: { serverListenerName: "inner" } }, "inner"],
  ] as const) {
    test(`${want} is read and written`, () => assert.equal(formatAddress(parse(json)), want));
  }

  for (const [title, json, field] of [
    ["nothing", {}, "address"],
    ["no host", { socketAddress: { portValue: 80 } }, "address.socket_address.address"],
    ["no port", { socketAddress: { address: "a" } }, "address.socket_address.port_value"],
    [
      "a port above 65535",
      { socketAddress: { address: "a", portValue: 65_536 } },
      "address.socket_address.port_value",
    ],
    [
      "a port by name",
      { socketAddress: { address: "a", namedPort: "http" } },
      "address.socket_address.port_value",
    ],
    [
      "UDP",
      { socketAddress: { address: "a", portValue: 80, protocol: "UDP" } },
      "address.socket_address.protocol",
    ],
    [
      "an internal address without listener",
      { envoyInternalAddress: {} },
      "address.envoy_internal_address.server_listener_name",
    ],
  ] as const) {
    test(`${title} is refused`, () => {
      assert.throws(() => parse(json), { name: "ConfigError", field });
    });
  }
});

describe("an original destination", () => {
  for (const [text, want] of [
    ["192.0.2.7:80", { kind: "socket", host: "192.0.2.7", port: 80 }],
    ["[2001:db8::1]:80", { kind: "socket", host: "2001:db8::1", port: 80 }],
    ["192.0.2.7:65535", { kind: "socket", host: "192.0.2.7", port: 65_535 }],
    ["192.0.2.7:65536", undefined],
    ["192.0.2.7", undefined],
    ["192.0.2.7:", undefined],
    ["2001:db8::1:80", undefined],
    ["[x]:80", undefined],
    ["", undefined],
  ] as const) {
    test(`${JSON.stringify(text)} is ${want === undefined ? "none" : "one"}`, () => {
      assert.deepEqual(parseHostPort(text), want);
    });
  }
});
