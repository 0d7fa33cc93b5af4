import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  ask,
  eventually,
  freePort,
  Hopeless,
  type RunningMesh,
  startMesh,
  startProgram,
} from "@weft/testing/end-to-end";
import { requirePart } from "../../scripts/part.ts";
import { ingress, meshMtls, service, yaml } from "../fixtures/manifests.ts";
import { type Echo, TEST_MAP } from "../fixtures/test-mesh.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa";

/** The gateway calls `middle` with it, which stands behind Envoy, and that calls `back`. */
const TO_BACK = "/call?url=http://back:8000";

/** What the test reads of `/debug/syncz`. */
interface SyncPage {
  readonly proxies: readonly {
    readonly proxy: string;
    readonly variant: string;
    readonly types: Readonly<
      Record<string, { status: string; sentNonce: string; ackedNonce: string }>
    >;
  }[];
  readonly nacks: readonly unknown[];
}

test("a stock Envoy takes one sidecar's place, with the same ADS and SDS", async (context) => {
  const envoy = requirePart(context, "envoy");
  if (envoy === undefined) return;
  const mesh = await startMesh(context, {
    files: {
      "services.yaml": [
        service({ name: "middle", image: "echo-envoy" }),
        service({ name: "back" }),
      ].join("\n---\n"),
      "ingress.yaml": ingress("middle"),
      "mtls.yaml": meshMtls("STRICT"),
    },
    map: TEST_MAP,
    firstPath: TO_BACK,
    env: { WEFT_ENVOY: envoy },
  });
  const { address, adminPort, bindPorts } = mesh.workload("middle");
  const admin = `http://${address}:${adminPort}`;

  await context.test("it is a real Envoy 1.40", async () => {
    const { version } = (await ask(`${admin}/server_info`)).json<{ version: string }>();
    assert.match(version, /\/1\.40\./);
  });

  await context.test("a sidecar of Weft calls it in mTLS", async () => {
    const { status, body, json } = await mesh.get(`${TO_BACK}/call?url=http://middle:8000/`);
    assert.equal(status, 200, body);
    const { version, headers } = json<Echo>();
    assert.equal(version, "envoy");
    assert.match(
      headers["x-forwarded-client-cert"] ?? "",
      new RegExp(`By=${IDENTITY}/middle;.*URI=${IDENTITY}/back$`),
    );
  });

  await context.test("it calls a sidecar of Weft in mTLS", async () => {
    const { status, body, json } = await mesh.get(TO_BACK);
    assert.equal(status, 200, body);
    const { version, headers } = json<Echo>();
    assert.equal(version, "v1");
    assert.match(
      headers["x-forwarded-client-cert"] ?? "",
      new RegExp(`By=${IDENTITY}/back;.*URI=${IDENTITY}/middle$`),
    );
  });

  await context.test("it shows its certificate and takes no plain text", async () => {
    await assert.rejects(
      ask(`http://${address}:${bindPorts["8000"]}/`),
      /socket hang up|ECONNRESET/,
    );
  });

  await context.test("a changed rule reaches it, and its end as well", async () => {
    const answers = (status: number) =>
      eventually(`${status} from behind it`, async () => {
        const answer = await mesh.get(TO_BACK);
        return answer.status === status ? true : undefined;
      });
    mesh.edit("abort.yaml", abort("back", 418));
    await answers(418);
    mesh.edit("abort.yaml", undefined);
    await answers(200);
  });

  await context.test(
    "the control plane saw it acknowledge every type, and refuse none",
    async () => {
      await eventually("every type being acknowledged", () => assertAcknowledged(mesh, "delta"));
    },
  );

  await context.test(
    "by its own count it took updates of every type and refused none",
    async () => {
      const { body } = await ask(`${admin}/stats?filter=update_(rejected|success)$`);
      const counts = body
        .trim()
        .split("\n")
        .map((line) => line.split(": ") as [string, string]);
      const rejected = counts.filter(([name, count]) => name.endsWith("rejected") && count !== "0");
      assert.deepEqual(rejected, []);
      for (const name of [
        /^cluster_manager\.cds/,
        /^listener_manager\.lds/,
        /\.rds\./,
        /^sds\.default/,
      ]) {
        const updates = counts.filter(
          ([stat, count]) => name.test(stat) && stat.endsWith("update_success") && count !== "0",
        );
        assert.notEqual(updates.length, 0, String(name));
      }
    },
  );

  await context.test(
    "an Envoy that asks for the state of the world acknowledges it too",
    async (inner) => {
      const bootstrap = join(mesh.state, "state-of-the-world.json");
      writeFileSync(bootstrap, JSON.stringify(stateOfTheWorld(mesh.state, await freePort())));
      const second = startProgram([envoy, "-c", bootstrap, "--disable-hot-restart"]);
      inner.after(() => second.stop());
      await eventually("every type being acknowledged", async () => {
        if (!second.isRunning()) throw new Hopeless(second.output());
        await assertAcknowledged(mesh, "sotw");
        return true;
      });
    },
  );
});

function abort(host: string, httpStatus: number): string {
  return yaml({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: `abort-${host}` },
    spec: {
      hosts: [host],
      http: [
        {
          fault: { abort: { httpStatus, percentage: { value: 100 } } },
          route: [{ destination: { host } }],
        },
      ],
    },
  });
}

async function assertAcknowledged(mesh: RunningMesh, variant: string): Promise<true> {
  const { controlPlane } = mesh.record();
  const page = await ask(`http://${controlPlane.address}:${controlPlane.httpPort}/debug/syncz`);
  const { proxies, nacks } = page.json<SyncPage>();
  const found = proxies.find((each) => each.proxy.includes("~middle-") && each.variant === variant);
  const types = found?.types ?? {};
  const statuses = Object.entries(types).map(([type, { status }]) => `${type} ${status}`);
  assert.deepEqual(statuses.sort(), ["CDS SYNCED", "EDS SYNCED", "LDS SYNCED", "RDS SYNCED"]);
  for (const [type, { sentNonce, ackedNonce }] of Object.entries(types)) {
    assert(sentNonce !== "", `${type} was never sent`);
    assert.equal(ackedNonce, sentNonce, type);
  }
  assert.deepEqual(nacks, []);
  return true;
}

/** The sidecar's own bootstrap in ADS's other variant, for a second Envoy beside it. */
function stateOfTheWorld(state: string, adminPort: number): object {
  const folder = join(state, "run", "proxies");
  const name = readdirSync(folder).find((each) => each.startsWith("middle-"));
  assert(name !== undefined);
  const bootstrap = JSON.parse(readFileSync(join(folder, name), "utf8"));
  bootstrap.dynamic_resources.ads_config.api_type = "GRPC";
  bootstrap.admin.address.socket_address.port_value = adminPort;
  bootstrap.static_resources.listeners = [];
  return bootstrap;
}
