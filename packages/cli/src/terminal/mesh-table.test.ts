import assert from "node:assert/strict";
import { test } from "node:test";
import pc from "picocolors";
import type { MeshRecord, WorkloadRecord } from "../state/mesh-record.ts";
import { describeState, formatMeshTable, formatProgress } from "./mesh-table.ts";

const ready = { pid: 7, state: "ready", restarts: 0, log: "" };

const workload: WorkloadRecord = {
  pod: "shop-0",
  namespace: "default",
  workload: "shop",
  address: "127.7.0.10",
  adminPort: 15000,
  outboundPort: 15001,
  prometheusPort: 15090,
  bindPorts: {},
  appPorts: {},
  isReady: true,
  proxyKind: "weft",
  proxy: ready,
  apps: [{ ...ready, pid: 8, restarts: 2 }],
};

const record: MeshRecord = {
  pid: 1,
  state: "ready",
  block: "127.7.0.0/16",
  controlPlane: { ...ready, address: "127.7.0.1", xdsPort: 15012, httpPort: 15014 },
  gateways: [],
  workloads: [workload],
  urls: [],
  resources: [],
};

test("mesh table: one line each, columns under their titles", () => {
  assert.deepEqual(formatMeshTable(record, pc.createColors(false)), [
    "WORKLOAD       ADDRESS     SIDECAR  APP  RESTARTS  STATE",
    "control plane  127.7.0.1   7             0         ready",
    "shop-0         127.7.0.10  7        8    2         ready",
  ]);
});

test("mesh table: progress counts proxies and workloads", () => {
  assert.equal(formatProgress(record), "1 of 1 proxies, 1 of 1 workloads are ready");
  const controlPlane = { ...record.controlPlane, state: "starting" };
  assert.equal(formatProgress({ ...record, controlPlane }), "starting the control plane");
});

test("mesh table: what an instance waits for is told in words", () => {
  const waiting = { ...ready, state: "waiting" };
  const one = { ...workload, isReady: false };
  assert.equal(describeState({ ...one, proxy: waiting }), "sidecar restarts");
  assert.equal(describeState({ ...one, apps: [waiting] }), "application restarts");
  assert.equal(
    describeState({ ...one, apps: [{ ...ready, state: "starting" }] }),
    "application starts",
  );
});
