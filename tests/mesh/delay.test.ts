import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, startMesh } from "@weft/testing/end-to-end";
import { ingress, service, share, virtualService } from "../fixtures/manifests.ts";
import { TEST_MAP } from "../fixtures/test-mesh.ts";

const REQUESTS = 300;
const DELAY_MS = 400;

/** The front calls the back; only what the mesh does to that call is delayed. */
const PATH = "/call?url=http://back:8000/";

const delayed = (percent: number, fixedDelay: string, timeout?: string) =>
  virtualService("back", [
    {
      fault: { delay: { percentage: { value: percent }, fixedDelay } },
      ...(timeout !== undefined && { timeout }),
      route: [share("back", "v1", 100)],
    },
  ]);

test("a delay holds the share that it names, and a timeout on the way answers 504", async (context) => {
  const mesh = await startMesh(context, {
    files: {
      "services.yaml": [service({ name: "front" }), service({ name: "back" })].join("\n---\n"),
      "back.yaml": delayed(10, `${DELAY_MS}ms`),
      "ingress.yaml": ingress("front"),
    },
    map: TEST_MAP,
    firstPath: PATH,
  });

  await context.test("10 % of the requests wait, the others do not", async () => {
    const { labels, failedCount, complaints } = await mesh.load(PATH, {
      count: REQUESTS,
      concurrency: 4,
      label: ({ durationMs }) => (durationMs >= DELAY_MS ? "waited" : "went"),
    });
    assert.equal(failedCount, 0, complaints.join("\n"));
    const sigma = Math.sqrt(REQUESTS * 0.1 * 0.9);
    const waited = labels.waited ?? 0;
    assert(Math.abs(waited - REQUESTS * 0.1) <= 4 * sigma, `${waited} of ${REQUESTS} waited`);
  });

  await context.test("a timeout on the delayed route itself gives 504", async () => {
    mesh.edit("back.yaml", delayed(100, "3s", "0.3s"));
    await eventually("the timeout", async () => {
      const { status, durationMs } = await mesh.get(PATH);
      if (status === 504 && durationMs < 2000) return true;
      throw new Error(`${status} after ${durationMs} ms`);
    });
  });

  await context.test("a timeout of the route before it gives 504", async () => {
    mesh.edit("back.yaml", delayed(100, "3s"));
    const route = { timeout: "0.3s", route: [{ destination: { host: "front" } }] };
    mesh.edit("ingress.yaml", ingress("front", [route]));
    const answer = await eventually("the timeout", async () => {
      const each = await mesh.get(PATH);
      return each.status === 504 ? each : undefined;
    });
    assert(answer.durationMs < 2000, `it took ${answer.durationMs} ms`);
    assert.match(answer.body, /timeout/);
  });
});
