import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { createFakeClock } from "@weft/testing";
import { createTestAuthority } from "@weft/testing/end-to-end";
import { createSettableSecrets } from "../transport/settable-secrets.ts";
import { renderCerts } from "./certs-page.ts";

const BOB = "spiffe://cluster.local/ns/default/sa/bob";
const NAMES = { certificate: "default", root: "ROOTCA" };
const NOTHING = { get: () => undefined, onChange: () => () => {} };

describe("/certs", () => {
  test("shows the identity, its life and its issuer, and no key", () => {
    const authority = createTestAuthority();
    const own = authority.issue(BOB);
    const leaf = new X509Certificate(own.cert);
    const secrets = createSettableSecrets(own, authority.rootPem);
    const { body } = renderCerts(secrets, NAMES, createFakeClock());
    assert.doesNotMatch(body, /PRIVATE KEY/);
    const [{ cert_chain: chain, ca_cert: roots }] = JSON.parse(body).certificates;
    assert.deepEqual(chain[0].subject_alt_names, [{ uri: BOB }]);
    assert.equal(chain[0].serial_number, leaf.serialNumber.toLowerCase());
    assert.equal(Date.parse(chain[0].expiration_time), Date.parse(leaf.validTo));
    assert.deepEqual([chain.length, roots.length], [1, 1]);
  });

  test("a name with a comma is one name", () => {
    const authority = createTestAuthority();
    const own = authority.issue("spiffe://cluster.local/a, DNS:forged.example.com");
    const secrets = createSettableSecrets(own, authority.rootPem);
    const { body } = renderCerts(secrets, NAMES, createFakeClock());
    assert.deepEqual(JSON.parse(body).certificates[0].cert_chain[0].subject_alt_names, [
      { uri: "spiffe://cluster.local/a, DNS:forged.example.com" },
    ]);
  });

  for (const [title, leftMs, days] of [
    ["a day and a bit", 86_400_001, "1"],
    ["less than a day", 86_399_999, "0"],
    ["nothing", -1, "0"],
  ] as const)
    test(`${title} left is ${days} days`, () => {
      const authority = createTestAuthority();
      const own = authority.issue(BOB);
      const clock = createFakeClock();
      clock.advanceMs(Date.parse(new X509Certificate(own.cert).validTo) - leftMs - clock.wallMs());
      const secrets = createSettableSecrets(own, authority.rootPem);
      const { body } = renderCerts(secrets, NAMES, clock);
      assert.equal(JSON.parse(body).certificates[0].cert_chain[0].days_until_expiration, days);
    });

  test("before anything has arrived there are none", () => {
    const { body } = renderCerts(NOTHING, NAMES, createFakeClock());
    assert.deepEqual(JSON.parse(body), { certificates: [{ ca_cert: [], cert_chain: [] }] });
  });
});
