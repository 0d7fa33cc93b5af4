import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, eventually, startMesh } from "@weft/testing/end-to-end";
import { ingress, service, share, virtualService } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

const PATH = "/call?url=http://back:8000/";

const everythingTo = (version: string) =>
  virtualService("back", [{ route: [share("back", version, 100)] }]);

test("the control plane is killed under load: traffic goes on, and later changes arrive", async (context) => {
  const mesh = await startMesh(context, {
    files: {
      "services.yaml": [
        service({ name: "front" }),
        service({ name: "back", versions: ["v1", "v2"] }),
      ].join("\n---\n"),
      "back.yaml": everythingTo("v1"),
      "ingress.yaml": ingress("front"),
    },
    map: TEST_MAP,
    firstPath: PATH,
  });
  const { pid } = mesh.record().controlPlane;
  assert(pid !== undefined);
  const loading = mesh.load(PATH, { ratePerSecond: 100, durationMs: 8000 });
  process.kill(pid, "SIGKILL");
  await eventually(
    "the control plane having come back",
    async () => {
      const { controlPlane } = mesh.record();
      if (controlPlane.pid === undefined || controlPlane.pid === pid) return undefined;
      const { status } = await ask(`http://${controlPlane.address}:15014/ready`);
      return status === 200 || undefined;
    },
    { deadlineMs: 20_000 },
  );
  const report = await loading;
  assert.equal(report.failedCount, 0, report.complaints.join("\n"));

  mesh.edit("back.yaml", everythingTo("v2"));
  await eventually(
    "the change reaching the proxies",
    async () => ((await mesh.get(PATH)).json<Echo>().version === "v2" ? true : undefined),
    { deadlineMs: 20_000 },
  );
});
