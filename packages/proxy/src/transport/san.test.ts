import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { readSubjectAltNames } from "./san.ts";

/** Node's rendering of the names is all that is read of a certificate. */
const read = (subjectAltName: string | undefined) =>
  readSubjectAltNames({ subjectAltName } as X509Certificate);

const NONE = { uris: [], dnsNames: [], emails: [], ipAddresses: [] };

describe("names of a certificate", () => {
  for (const [title, text, want] of [
    ["none", undefined, {}],
    ["an id", "URI:spiffe://a/ns/b/sa/c", { uris: ["spiffe://a/ns/b/sa/c"] }],
    [
      "one of each kind",
      "DNS:a.example.com, email:a@example.com, IP Address:192.0.2.1, URI:spiffe://a",
      {
        uris: ["spiffe://a"],
        dnsNames: ["a.example.com"],
        emails: ["a@example.com"],
        ipAddresses: ["192.0.2.1"],
      },
    ],
    ["an IPv6 address", "IP Address:2001:DB8:0:0:0:0:0:1", { ipAddresses: ["2001:db8::1"] }],
    [
      "a quoted name",
      'URI:"spiffe://a, DNS:b.example.com"',
      { uris: ["spiffe://a, DNS:b.example.com"] },
    ],
    ["a quote inside", 'DNS:"a\\", URI:spiffe://b"', { dnsNames: ['a", URI:spiffe://b'] }],
    ["a kind that is unknown", "Registered ID:1.2.3, DNS:a", { dnsNames: ["a"] }],
    ["order", "URI:b, URI:a", { uris: ["b", "a"] }],
  ] as const)
    test(`${title} is read as it is`, () => {
      assert.deepEqual(read(text), { ...NONE, ...want });
    });
});
