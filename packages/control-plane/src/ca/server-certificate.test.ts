import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "@weft/core";
import { createFakeClock } from "@weft/testing";
import { openServerCertificate } from "./server-certificate.ts";

const LIFETIME_MS = 1000;

test("the control plane's certificate is renewed at each half of its life", async () => {
  const { clock, certificate, renewed } = await setUp(() => {});
  const first = certificate.current;
  for (let half = 1; half <= 3; half += 1) {
    clock.advanceMs(LIFETIME_MS / 2);
    await renewed(half);
  }
  assert.notEqual(certificate.current.privateKeyPem, first.privateKeyPem);
  certificate.close();
});

test("a renewal that fails is tried again well before the end", async () => {
  let failuresLeft = 1;
  const { clock, certificate, renewed, attempted } = await setUp((attempt) => {
    if (attempt > 1 && failuresLeft-- > 0) throw new Error("no entropy");
  });
  clock.advanceMs(LIFETIME_MS / 2);
  await attempted(2);
  clock.advanceMs(LIFETIME_MS / 10);
  await renewed(1);
  certificate.close();
});

async function setUp(beforeSigning: (attempt: number) => void) {
  const clock = createFakeClock();
  let renewalCount = 0;
  let attemptCount = 0;
  const certificate = await openServerCertificate(
    {
      ca: {
        rootCertificatePem: "",
        trustDomain: "cluster.local",
        signWorkload: () => Promise.reject(new Error("not asked for")),
        async signServer() {
          attemptCount += 1;
          beforeSigning(attemptCount);
          return `certificate ${attemptCount}`;
        },
      },
      dnsNames: ["istiod.example.com"],
      lifetimeMs: LIFETIME_MS,
      clock,
      log: silentLog,
    },
    () => {
      renewalCount += 1;
    },
  );
  const reaches = async (count: () => number, wanted: number) => {
    while (count() < wanted) await new Promise(setImmediate);
    // One more turn, so that the next renewal is scheduled.
    await new Promise(setImmediate);
  };
  return {
    clock,
    certificate,
    renewed: (wanted: number) => reaches(() => renewalCount, wanted),
    attempted: (wanted: number) => reaches(() => attemptCount, wanted),
  };
}
