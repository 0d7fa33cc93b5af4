import type pc from "picocolors";
import type { MeshRecord, ProcessRecord, WorkloadRecord } from "../state/mesh-record.ts";
import { podFileName } from "../state/pod-file.ts";

/** Functions that colour a text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>;

const HEADER = ["WORKLOAD", "ADDRESS", "SIDECAR", "APP", "RESTARTS", "STATE"] as const;

/** The mesh as a table: a line for the control plane, each gateway and each workload instance. */
export function formatMeshTable(record: MeshRecord, colors: Colors): readonly string[] {
  const { controlPlane, gateways, workloads } = record;
  const rows = [
    [
      "control plane",
      controlPlane.address,
      pid(controlPlane),
      "",
      restarts([controlPlane]),
      controlPlane.state,
    ],
    ...[...gateways, ...workloads].map(workloadRow),
  ];
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return [
    colors.dim(line(HEADER)),
    ...rows.map((row) => {
      const state = row.at(-1) ?? "";
      const color = state === "ready" ? colors.green : colors.yellow;
      return `${line(row.slice(0, -1))}  ${color(state)}`;
    }),
  ];
}

/** `3 of 8 workloads are ready`, for a mesh that starts. */
export function formatProgress({ controlPlane, gateways, workloads }: MeshRecord): string {
  if (controlPlane.state !== "ready") return "starting the control plane";
  const all = [...gateways, ...workloads];
  if (all.length === 0) return "starting the proxies";
  const sidecars = all.filter(({ proxy }) => proxy.state === "ready").length;
  const ready = workloads.filter(({ isReady }) => isReady).length;
  return `${sidecars} of ${all.length} proxies, ${ready} of ${workloads.length} workloads are ready`;
}

/** What an instance waits for, in words. */
export function describeState({ proxy, apps, isReady }: WorkloadRecord): string {
  if (isReady) return "ready";
  if (proxy.state === "waiting") return "sidecar restarts";
  if (proxy.state === "starting") return "sidecar starts";
  if (apps.some(({ state }) => state === "waiting")) return "application restarts";
  if (apps.some(({ state }) => state === "starting")) return "application starts";
  return "stopping";
}

function workloadRow(workload: WorkloadRecord): readonly string[] {
  const { pod, namespace, address, proxy, apps } = workload;
  const name = podFileName({ name: pod, namespace });
  const pids = apps.map(pid).join(",");
  return [name, address, pid(proxy), pids, restarts([proxy, ...apps]), describeState(workload)];
}

function pid(process: ProcessRecord): string {
  return process.pid === undefined ? "–" : String(process.pid);
}

function restarts(processes: readonly ProcessRecord[]): string {
  return String(processes.reduce((sum, process) => sum + process.restarts, 0));
}
