import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDomainIndex, findDomain, withoutPort } from "./domain-index.ts";

const indexOf = (...domains: string[]) =>
  createDomainIndex(
    domains.map((domain) => [domain, domain] as const),
    "virtual_hosts",
  );

describe("virtual host domains", () => {
  const index = indexOf(
    "shop.example.com",
    "shop.example.com:8080",
    "*.example.com",
    "*-bar.example.com",
    "*.eu.example.com",
    "shop.*",
    "shop.example.*",
    "*",
  );
  for (const [title, host, want] of [
    ["an exact name wins over wildcards", "shop.example.com", "shop.example.com"],
    ["a port is part of the name", "shop.example.com:8080", "shop.example.com:8080"],
    ["another port is another name", "shop.example.com:81", "shop.example.*"],
    ["a suffix wins over a prefix", "shop.eu.example.com", "*.eu.example.com"],
    ["the longest suffix wins", "a.eu.example.com", "*.eu.example.com"],
    ["a suffix need not begin with a dot", "foo-bar.example.com", "*-bar.example.com"],
    ["a suffix spans labels", "a.b.example.com", "*.example.com"],
    ["the longest prefix wins", "shop.example.org", "shop.example.*"],
    ["a shorter prefix takes the rest", "shop.org", "shop.*"],
    ["anything else goes to the star", "example.com", "*"],
    ["upper case is the same name", "SHOP.Example.COM", "shop.example.com"],
    ["a suffix wildcard is not empty", ".eu.example.com", "*.example.com"],
    ["a prefix wildcard is not empty", "shop.", "*"],
    ["no host at all goes to the star", "", "*"],
  ] as const) {
    test(title, () => assert.equal(findDomain(index, host), want));
  }

  test("upper case in a domain is the same name", () => {
    assert.equal(findDomain(indexOf("*.EXAMPLE.com"), "a.example.com"), "*.EXAMPLE.com");
  });

  test("without a star a strange host finds nothing", () => {
    assert.equal(findDomain(indexOf("a.example.com", "*.org"), "b.example.com"), undefined);
  });

  for (const [first, second] of [
    ["a.example.com", "A.example.com"],
    ["*", "*"],
    ["*.example.com", "*.example.com"],
    ["a.*", "a.*"],
  ] as const) {
    test(`${first} and ${second} together are refused`, () => {
      assert.throws(() => indexOf(first, second), { name: "ConfigError", field: "virtual_hosts" });
    });
  }
});

describe("a host without its port", () => {
  for (const [host, want] of [
    ["example.com:80", "example.com"],
    ["example.com", "example.com"],
    ["192.0.2.1:8080", "192.0.2.1"],
    ["[2001:db8::1]:80", "[2001:db8::1]"],
    ["[2001:db8::1]", "[2001:db8::1]"],
    ["example.com:", "example.com:"],
    ["example.com:http", "example.com:http"],
    ["", ""],
  ] as const) {
    test(`${JSON.stringify(host)} is ${JSON.stringify(want)}`, () => {
      assert.equal(withoutPort(host), want);
    });
  }
});
