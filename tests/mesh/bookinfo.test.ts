import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, type RunningMesh, startMesh } from "@weft/testing/end-to-end";
import { countRequests } from "../fixtures/prometheus-text.ts";
import { BOOKINFO_MAP, CONFORMANCE } from "../fixtures/test-mesh.ts";

const SAMPLE = join(CONFORMANCE, "istio/samples/bookinfo");
const NETWORKING = join(SAMPLE, "networking");

/** These route to ratings v2, which keeps its stars in MongoDB or MySQL. */
const NEEDS_DATABASE = [
  "virtual-service-ratings-db.yaml",
  "virtual-service-ratings-mysql-vm.yaml",
  "virtual-service-ratings-mysql.yaml",
];

const JASON = { cookie: "bookinfo_user=jason" };
const SAMPLE_COUNT = 300;

type Check = (mesh: RunningMesh) => Promise<void>;

/** What must hold once the file has taken effect. */
const EXPECTATIONS: Readonly<Record<string, Check>> = {
  "virtual-service-all-v1.yaml": (mesh) => reviewsAre(mesh, { v1: 1 }),
  "virtual-service-details-v2.yaml": detailsComeFromVersion2,
  "virtual-service-ratings-test-abort.yaml": async (mesh) => {
    await ratingsAnswer(mesh, { jason: 500, others: 200 });
  },
  "virtual-service-ratings-test-delay.yaml": ratingsWaitForJason,
  "virtual-service-reviews-50-v3.yaml": (mesh) => reviewsAre(mesh, { v1: 0.5, v3: 0.5 }),
  "virtual-service-reviews-80-20.yaml": (mesh) => reviewsAre(mesh, { v1: 0.8, v2: 0.2 }),
  "virtual-service-reviews-90-10.yaml": (mesh) => reviewsAre(mesh, { v1: 0.9, v2: 0.1 }),
  "virtual-service-reviews-jason-v2-v3.yaml": async (mesh) => {
    await reviewsAre(mesh, { v3: 1 });
    await reviewsAre(mesh, { v2: 1 }, JASON);
  },
  "virtual-service-reviews-test-v2.yaml": async (mesh) => {
    await reviewsAre(mesh, { v1: 1 });
    await reviewsAre(mesh, { v2: 1 }, JASON);
  },
  "virtual-service-reviews-v2-v3.yaml": (mesh) => reviewsAre(mesh, { v2: 0.5, v3: 0.5 }),
  "virtual-service-reviews-v3.yaml": (mesh) => reviewsAre(mesh, { v3: 1 }),
  "fault-injection-details-v1.yaml": async (mesh) => {
    await eventually("details failing with 555", async () => {
      const { status } = await mesh.get("/api/v1/products/0");
      return status === 555 || undefined;
    });
  },
};

test("Istio's unmodified Bookinfo obeys each of its routing files", async (context) => {
  if (!existsSync(SAMPLE)) {
    if (process.env.CI === "true") throw new Error(`${SAMPLE} is missing`);
    return context.skip(`no conformance data at ${CONFORMANCE}; WEFT_CONFORMANCE_DATA names it`);
  }
  const files = readdirSync(NETWORKING).filter(
    (file) =>
      (/^virtual-service-.*\.yaml$/.test(file) && !NEEDS_DATABASE.includes(file)) ||
      file === "fault-injection-details-v1.yaml",
  );
  assert.deepEqual(files.toSorted(), Object.keys(EXPECTATIONS).toSorted());

  const mesh = await startMesh(context, {
    files: { "routes.yaml": routes("virtual-service-all-v1.yaml") },
    paths: [
      join(SAMPLE, "kube/bookinfo.yaml"),
      join(SAMPLE, "kube/bookinfo-details-v2.yaml"),
      join(NETWORKING, "bookinfo-gateway.yaml"),
      join(NETWORKING, "destination-rule-all.yaml"),
    ],
    map: BOOKINFO_MAP,
    firstPath: "/productpage",
  });
  assert.equal((await mesh.get("/productpage")).status, 200);
  for (const [file, check] of Object.entries(EXPECTATIONS)) {
    await context.test(file, async () => {
      mesh.edit("routes.yaml", routes(file));
      await check(mesh);
    });
  }
});

function routes(file: string): string {
  return readFileSync(join(NETWORKING, file), "utf8");
}

/** Waits until only the named versions answer, then holds their shares against 4 sigma. */
async function reviewsAre(
  mesh: RunningMesh,
  shares: Readonly<Record<string, number>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const names = Object.keys(shares).sort();
  await eventually(`reviews answering as ${names.join(", ")}`, async () => {
    const seen = Object.keys(await countVersions(mesh, 24, headers)).sort();
    if (names.join() === seen.join()) return true;
    throw new Error(`saw ${seen.join(", ")}`);
  });
  const counts = await countVersions(mesh, SAMPLE_COUNT, headers);
  assert.deepEqual(Object.keys(counts).sort(), names);
  for (const [version, share] of Object.entries(shares)) {
    const sigma = Math.sqrt(SAMPLE_COUNT * share * (1 - share));
    const difference = Math.abs((counts[version] ?? 0) - SAMPLE_COUNT * share);
    assert(difference <= 4 * sigma, `${version}: ${counts[version]} of ${SAMPLE_COUNT}`);
  }
}

async function countVersions(
  mesh: RunningMesh,
  count: number,
  headers: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, number>>> {
  const report = await mesh.load("/api/v1/products/0/reviews", {
    count,
    headers,
    concurrency: 8,
    label: ({ status, body }) => (status === 200 ? JSON.parse(body).version : `status ${status}`),
  });
  return report.labels;
}

/** Details do not say their version, but their sidecars count what they are asked. */
async function detailsComeFromVersion2(mesh: RunningMesh): Promise<void> {
  await eventually("details coming from v2 alone", async () => {
    const before = [
      await countRequests(mesh, "details-v1"),
      await countRequests(mesh, "details-v2"),
    ];
    const { failedCount } = await mesh.load("/api/v1/products/0", { count: 20, concurrency: 4 });
    const after = [
      await countRequests(mesh, "details-v1"),
      await countRequests(mesh, "details-v2"),
    ];
    const added = after.map((count, index) => count - (before[index] ?? 0));
    if (failedCount === 0 && added[0] === 0 && added[1] === 20) return true;
    throw new Error(`v1 and v2 were asked ${added.join(" and ")} times, ${failedCount} failed`);
  });
}

async function ratingsAnswer(
  mesh: RunningMesh,
  expected: { readonly jason: number; readonly others: number },
): Promise<void> {
  const path = "/api/v1/products/0/ratings";
  await eventually("ratings answering as told", async () => {
    const [jason, others] = await Promise.all([mesh.get(path, JASON), mesh.get(path)]);
    if (jason.status === expected.jason && others.status === expected.others) return true;
    throw new Error(`jason got ${jason.status}, others ${others.status}`);
  });
}

/** Seven seconds are longer than the product page waits for ratings: it gives up after three. */
async function ratingsWaitForJason(mesh: RunningMesh): Promise<void> {
  const path = "/api/v1/products/0/ratings";
  const { status, durationMs } = await eventually(
    "jason waiting for ratings",
    async () => {
      const answer = await mesh.get(path, JASON);
      return answer.durationMs > 2000 ? answer : undefined;
    },
    { deadlineMs: 20_000 },
  );
  assert.equal(status, 500);
  assert(durationMs >= 2900 && durationMs < 6000, `jason waited ${durationMs} ms`);
  const others = await mesh.get(path);
  assert.equal(others.status, 200);
  assert(others.durationMs < 1000, `others waited ${others.durationMs} ms`);
}
