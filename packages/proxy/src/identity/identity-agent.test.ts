import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { silentLog } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import { createTestAuthority } from "@weft/testing/end-to-end";
import type { CertificateRequest } from "./certificate-client.ts";
import { CERTIFICATE_NAME, IdentityAgent } from "./identity-agent.ts";

const REVIEWS = "spiffe://cluster.local/ns/default/sa/reviews";

test("identity agent: a certificate is renewed at half its life, with a new key and no token", async (t) => {
  const { agent, clock, requests, lifeMs, nextCertificate } = setUp();
  t.after(() => agent.close());
  const first = nextCertificate();
  agent.start();
  await first;
  const before = agent.get(CERTIFICATE_NAME);
  const second = nextCertificate();
  clock.advanceMs(lifeMs / 2 - 1000);
  assert.equal(agent.get(CERTIFICATE_NAME), before);
  clock.advanceMs(1000);
  await second;
  assert.deepEqual(
    requests.map(({ joinToken }) => joinToken),
    ["the token", undefined],
  );
  const [one, two] = requests.map(({ csrPem }) => csrPem);
  assert.notEqual(one, two);
  assert.notEqual(agent.get(CERTIFICATE_NAME), before);
});

test("identity agent: what is sent to the CA holds no private key", async (t) => {
  const { agent, requests, nextCertificate } = setUp();
  t.after(() => agent.close());
  const first = nextCertificate();
  agent.start();
  await first;
  assert.doesNotMatch(JSON.stringify(requests), /PRIVATE KEY/);
});

test("identity agent: while the CA is away the old certificate serves on, and it is asked again", async (t) => {
  const { agent, clock, lifeMs, nextCertificate, failNext } = setUp();
  t.after(() => agent.close());
  const first = nextCertificate();
  agent.start();
  await first;
  const before = agent.get(CERTIFICATE_NAME);
  const failed = failNext();
  clock.advanceMs(lifeMs / 2);
  await failed;
  assert.equal(agent.get(CERTIFICATE_NAME), before);
  const second = nextCertificate();
  clock.advanceMs(20_000);
  await second;
  assert.notEqual(agent.get(CERTIFICATE_NAME), before);
});

function setUp() {
  const authority = createTestAuthority();
  const leaf = authority.issue(REVIEWS).cert;
  const clock = createFakeClock();
  const requests: CertificateRequest[] = [];
  let onFailure: (() => void) | undefined;
  const agent = new IdentityAgent({
    requestCertificate: async (request) => {
      requests.push(request);
      if (onFailure === undefined) return [leaf, authority.rootPem];
      const told = onFailure;
      onFailure = undefined;
      // After the agent has taken it.
      setImmediate(told);
      throw new Error("the CA is away");
    },
    readRoots: () => Buffer.from(authority.rootPem),
    joinToken: "the token",
    clock,
    random: () => 0.5,
    log: silentLog,
  });
  return {
    agent,
    clock,
    requests,
    lifeMs: Date.parse(new X509Certificate(leaf).validTo) - clock.wallMs(),
    /** Settles when the next certificate was taken and its renewal is scheduled. */
    nextCertificate: () =>
      new Promise<void>((resolve) => {
        const stop = agent.onChange((name) => {
          if (name !== CERTIFICATE_NAME) return;
          stop();
          setImmediate(resolve);
        });
      }),
    failNext: () =>
      new Promise<void>((resolve) => {
        onFailure = resolve;
      }),
  };
}
