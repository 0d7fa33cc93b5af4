import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import {
  certify,
  layDownToken,
  openProxy,
  startControlPlane,
  until,
} from "./control-plane-fixture.ts";

const LIMIT = { timeout: 20_000 };

test(
  "a workload joins with its token and gets configuration for its certificate",
  LIMIT,
  async (t) => {
    const fixture = await startControlPlane(t, { reviews: 1, ratings: 1 });
    const certified = await certify(fixture, { token: await layDownToken(fixture.state) });
    assert.equal(
      new X509Certificate(certified.chain[0] ?? "").subjectAltName,
      "URI:spiffe://cluster.local/ns/default/sa/reviews",
    );
    const { clusters } = await openProxy(t, fixture, { certified });
    await until(() => clusters.size === 2);
    assert.deepEqual([...clusters.keys()], ["reviews", "ratings"]);
  },
);

test("a token is good for one certificate", LIMIT, async (t) => {
  const fixture = await startControlPlane(t, {});
  const token = await layDownToken(fixture.state);
  await certify(fixture, { token });
  await assert.rejects(certify(fixture, { token }), /UNAUTHENTICATED.*used before/);
  assert.match(await fixture.page("/metrics"), /citadel_server_authentication_failure_count 1/);
});

test("a certificate is renewed by its holder, without a token", LIMIT, async (t) => {
  const fixture = await startControlPlane(t, {});
  const present = await certify(fixture, { token: await layDownToken(fixture.state) });
  const renewed = await certify(fixture, { present });
  assert.notEqual(renewed.chain[0], present.chain[0]);
  assert.equal(
    new X509Certificate(renewed.chain[0] ?? "").subjectAltName,
    new X509Certificate(present.chain[0] ?? "").subjectAltName,
  );
});

test("nobody gets a certificate without proof", LIMIT, async (t) => {
  const fixture = await startControlPlane(t, {});
  await assert.rejects(certify(fixture, {}), /UNAUTHENTICATED.*neither a join token nor/);
});

test("a certificate of another mesh proves nothing here", LIMIT, async (t) => {
  const [fixture, other] = [await startControlPlane(t, {}), await startControlPlane(t, {})];
  const foreign = await certify(other, { token: await layDownToken(other.state) });
  await assert.rejects(certify(fixture, { present: foreign }), /valid certificate of this mesh/);
  const { reasons, clusters } = await openProxy(t, fixture, { certified: foreign });
  await until(() => reasons.some((reason) => reason.includes("PERMISSION_DENIED")));
  assert.equal(clusters.size, 0);
});

test(
  "nobody gets configuration without a certificate, or for another account",
  LIMIT,
  async (t) => {
    const fixture = await startControlPlane(t, { reviews: 1 });
    const certified = await certify(fixture, { token: await layDownToken(fixture.state) });
    const stranger = await openProxy(t, fixture, {});
    const impostor = await openProxy(t, fixture, { certified, serviceAccount: "ratings" });
    for (const { reasons } of [stranger, impostor]) {
      await until(() => reasons.some((reason) => reason.startsWith("PERMISSION_DENIED")));
    }
    assert.equal(stranger.updates.length + impostor.updates.length, 0);
  },
);

test("a change of configuration pushes only the difference", LIMIT, async (t) => {
  const fixture = await startControlPlane(t, { reviews: 1, ratings: 1, details: 1 });
  const certified = await certify(fixture, { token: await layDownToken(fixture.state) });
  const { clusters, updates } = await openProxy(t, fixture, { certified });
  await until(() => clusters.size === 3);
  updates.length = 0;
  fixture.setClusters({ reviews: 1, ratings: 2 });
  await until(() => !clusters.has("details"));
  assert.deepEqual(
    updates.flatMap(({ changed }) => changed.map(({ name }) => name)),
    ["ratings"],
  );
});

test(
  "a proxy's refusal shows in syncz with its words, and goes when it accepts",
  LIMIT,
  async (t) => {
    const fixture = await startControlPlane(t, { reviews: 1, broken: 1 });
    const certified = await certify(fixture, { token: await layDownToken(fixture.state) });
    await openProxy(t, fixture, {
      certified,
      reject: ({ changed }) =>
        changed
          .filter(({ name }) => name === "broken")
          .map(({ name }) => ({ name, message: "port 8080 is in use" })),
    });
    const cds = async () => {
      const page = JSON.parse(await fixture.page("/debug/syncz"));
      return page.proxies[0]?.types.CDS;
    };
    await until(async () => (await cds())?.status === "ERROR");
    assert.equal((await cds()).nack, "broken: port 8080 is in use");
    fixture.setClusters({ reviews: 1 });
    await until(async () => (await cds())?.status === "SYNCED");
    const { nacks } = JSON.parse(await fixture.page("/debug/syncz"));
    assert.equal(nacks.length, 1);
  },
);

test("a proxy is sent nothing that it has by a control plane that returns", LIMIT, async (t) => {
  const fixture = await startControlPlane(t, { reviews: 1, ratings: 1 });
  const certified = await certify(fixture, { token: await layDownToken(fixture.state) });
  const { clusters, updates, reasons } = await openProxy(t, fixture, { certified });
  await until(() => clusters.size === 2);
  updates.length = 0;
  await fixture.restart();
  await until(() => reasons.filter((each) => each === "the server has answered").length === 2);
  await until(() => updates.length > 0);
  assert.equal(updates.flatMap(({ changed }) => changed).length, 0);
  fixture.setClusters({ reviews: 1, ratings: 2 });
  await until(() => updates.some(({ changed }) => changed.length > 0));
});

test("the pages say how the control plane is", LIMIT, async (t) => {
  const fixture = await startControlPlane(t, {});
  assert.equal(await fixture.page("/ready"), "ready\n");
  assert.match(await fixture.page("/metrics"), /^# TYPE pilot_xds gauge\npilot_xds 0$/m);
  assert.match(await fixture.page("/nothing"), /no such page/);
});
