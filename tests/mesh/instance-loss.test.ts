import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, startMesh } from "@weft/testing/end-to-end";
import { ingress, service, share, virtualService } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

const PATH = "/call?url=http://ratings:8000/";

const routes = virtualService("ratings", [
  {
    route: [share("ratings", "v1", 100)],
    retries: {
      attempts: 3,
      retryOn: "connect-failure,refused-stream,unavailable,reset,503",
    },
  },
]);

test("one of two instances is killed under load: 0 failed after retry, and it comes back", async (context) => {
  const mesh = await startMesh(context, {
    files: {
      "services.yaml": [service({ name: "front" }), service({ name: "ratings", replicas: 2 })].join(
        "\n---\n",
      ),
      "ratings.yaml": routes,
      "ingress.yaml": ingress("front"),
    },
    map: TEST_MAP,
    firstPath: PATH,
  });
  const pidOf = ({ json }: { json<Value>(): Value }) => String(json<Echo>().pid);
  await eventually("both instances answering", async () => {
    const { labels } = await mesh.load(PATH, { count: 20, label: pidOf });
    return Object.keys(labels).length === 2 || undefined;
  });

  const [victim] = mesh.record().workloads.filter(({ pod }) => pod.startsWith("ratings"));
  assert(victim?.proxy.pid !== undefined && victim.apps[0]?.pid !== undefined);
  const loading = mesh.load(PATH, { ratePerSecond: 100, durationMs: 8000, label: pidOf });
  await eventually("the load being under way", async () => {
    return (await mesh.get(PATH)).status === 200 || undefined;
  });
  process.kill(victim.apps[0].pid, "SIGKILL");
  process.kill(victim.proxy.pid, "SIGKILL");

  const report = await loading;
  assert.equal(report.failedCount, 0, report.complaints.join("\n"));
  const successor = await eventually("the instance having come back", () => {
    const { proxy, apps, isReady } = mesh.workload(victim.pod);
    const pid = apps[0]?.pid;
    const isNew = proxy.pid !== victim.proxy.pid && pid !== victim.apps[0]?.pid;
    return isReady && isNew ? pid : undefined;
  });
  await eventually("traffic reaching it again", async () => {
    const { labels } = await mesh.load(PATH, { count: 20, label: pidOf });
    return (labels[String(successor)] ?? 0) > 0 || undefined;
  });
});
