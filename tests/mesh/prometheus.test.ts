import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  ask,
  eventually,
  freePort,
  type RunningMesh,
  startMesh,
  startProgram,
} from "@weft/testing/end-to-end";
import { requirePart } from "../../scripts/part.ts";
import { ENVOY_METRIC_NAMES } from "../fixtures/envoy-metric-names.ts";
import { ingress, service, share } from "../fixtures/manifests.ts";
import { scrape, sumOf } from "../fixtures/prometheus-text.ts";
import { TEST_MAP } from "../fixtures/test-mesh.ts";

const REQUESTS = 400;
const CANARY_SHARE = 0.25;

/** Istio named it before the rule of base units: every dashboard of the field knows this name. */
const ISTIO_UNIT = /istio_request_duration_milliseconds.* use base unit/;

/** A remark of the lint on a name; anything else, as text that is not Prometheus', counts. */
function isOnEnvoyName(complaint: string): boolean {
  const [, name = ""] = LINT.exec(complaint) ?? [];
  return ENVOY_METRIC_NAMES.has(name);
}

const LINT =
  /^(\w+) (?:(?:non-)?counter metrics should (?:not )?have|metric names should not contain)/;

test("Prometheus scrapes every proxy and tells the canary's share", async (context) => {
  const prometheus = requirePart(context, "prometheus");
  const promtool = requirePart(context, "promtool");
  if (prometheus === undefined || promtool === undefined) return;
  const routes = [{ route: [share("shop", "v1", 75), share("shop", "v2", 25)] }];
  const mesh = await startMesh(context, {
    files: {
      "shop.yaml": service({ name: "shop", versions: ["v1", "v2"] }),
      "ingress.yaml": ingress("shop", routes),
    },
    map: TEST_MAP,
  });
  const before = await countAnswered(mesh);
  const { failedCount, complaints } = await mesh.load("/", { count: REQUESTS });
  assert.equal(failedCount, 0, complaints.join("\n"));
  const proxies = [...mesh.record().gateways, ...mesh.record().workloads];

  for (const { pod } of proxies) {
    await context.test(`promtool is content with what ${pod} shows`, async () => {
      const input = await scrape(mesh, pod);
      const { stderr, stdout } = spawnSync(promtool, ["check", "metrics"], {
        input,
        encoding: "utf8",
      });
      const complaints = `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "");
      assert.deepEqual(
        complaints.filter((line) => !ISTIO_UNIT.test(line) && !isOnEnvoyName(line)),
        [],
      );
    });
  }

  const server = await startPrometheus(context, prometheus, mesh);
  await context.test("every target is up", async () => {
    await eventually(
      "all targets up",
      async () => (await query(server, "sum(up)")) === proxies.length || undefined,
      { deadlineMs: 30_000 },
    );
  });
  await context.test("a query answers with the canary's share", async () => {
    const requests = (labels: string) =>
      `sum(istio_requests_total{reporter="source",response_code="200"${labels}})`;
    const served = requests(',destination_service_name="shop"');
    await eventually(
      "every request being counted",
      async () => (await query(server, served)) === before + REQUESTS || undefined,
      { deadlineMs: 20_000 },
    );
    const taken =
      'sum(istio_requests_total{reporter="destination",destination_service_name="shop"})';
    assert.equal(await query(server, taken), before + REQUESTS);
    const canary = await query(server, `${requests(',destination_version="v2"')} / ${served}`);
    const sigma = Math.sqrt((CANARY_SHARE * (1 - CANARY_SHARE)) / (before + REQUESTS));
    assert(canary !== undefined && Math.abs(canary - CANARY_SHARE) <= 4 * sigma, `${canary}`);
  });
});

/** Requests that the shop has answered so far; the launcher's own first ones came before it was there. */
async function countAnswered(mesh: RunningMesh): Promise<number> {
  const text = await scrape(mesh, "istio-ingressgateway");
  const labels = {
    reporter: "source",
    response_code: "200",
    destination_service_name: "shop",
  };
  return sumOf(text, "istio_requests_total", labels);
}

async function startPrometheus(
  context: TestContext,
  file: string,
  mesh: RunningMesh,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "weft-prometheus-"));
  const { gateways, workloads } = mesh.record();
  const targets = [...gateways, ...workloads].map(
    ({ address, prometheusPort }) => `${address}:${prometheusPort}`,
  );
  const configuration = {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      { job_name: "weft", metrics_path: "/stats/prometheus", static_configs: [{ targets }] },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(configuration));
  const address = `127.0.0.1:${await freePort()}`;
  const program = startProgram([
    file,
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
  ]);
  context.after(async () => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually("Prometheus being ready", async () => {
    return (await ask(`http://${address}/-/ready`)).status === 200 || undefined;
  });
  return `http://${address}`;
}

/** The one value of an instant query; undefined while there is none. */
async function query(server: string, expression: string): Promise<number | undefined> {
  const { json } = await ask(`${server}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = json<{ data: { result: { value: [number, string] }[] } }>();
  const value = data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}
