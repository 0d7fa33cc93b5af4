import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { eventually, Hopeless } from "../eventually.ts";
import { type Answer, ask } from "../http/ask.ts";
import { type LoadOptions, type LoadReport, load } from "../http/load.ts";
import { freePort } from "../process/free-port.ts";
import { isAlive, processesMarked } from "../process/process-table.ts";
import { type Program, startProgram } from "../process/program.ts";
import { type MeshRecord, readMeshRecord, recordedPids, type WorkloadRecord } from "./mesh-file.ts";
import { weftCommand } from "./weft-command.ts";

/** Twenty processes on a busy machine of two cores. */
const START_DEADLINE_MS = 90_000;

/** What `weft up` is given. */
export interface MeshOptions {
  /** Written into a folder of the test's own, the first PATH of `weft up`: name → YAML. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further PATHs, read where they are. */
  readonly paths?: readonly string[];
  /** The `weft.yaml`: a path. */
  readonly map: string;
  /** The Gateway's port that `url` leads to; default 8080. */
  readonly gatewayPort?: number;
  /**
   * What must answer 200 through the ingress gateway before the test begins: endpoints reach the
   * proxies a moment after their workloads are ready. Default `/`.
   */
  readonly firstPath?: string;
  /** Further parameters of `weft up`. */
  readonly parameters?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A mesh that runs: real processes, real sockets, stopped at the end of the test. */
export interface RunningMesh {
  /** `weft up` itself. */
  readonly program: Program;
  /** Where the ingress gateway answers: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly state: string;
  /** The folder of `files`. */
  readonly folder: string;
  /** What runs where at this moment. */
  record(): MeshRecord;
  /** The one workload whose pod's name begins so; throws when there is none, or several. */
  workload(podPrefix: string): WorkloadRecord;
  get(path: string, headers?: OutgoingHttpHeaders): Promise<Answer>;
  load(path: string, options: LoadOptions): Promise<LoadReport>;
  /** Writes a file of `folder`, in one step as editors do; undefined removes it. */
  edit(name: string, content: string | undefined): void;
  /** Stops it as Ctrl-C does, and asserts that no process is left. */
  stop(): Promise<void>;
}

/** Runs `weft up` and waits until every workload is ready. */
export async function startMesh(context: TestContext, options: MeshOptions): Promise<RunningMesh> {
  const root = mkdtempSync(join(tmpdir(), "weft-mesh-"));
  const folder = join(root, "config");
  const state = join(root, "state");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(options.files ?? {})) {
    writeFileSync(join(folder, name), text);
  }
  const port = await freePort();
  const program = startProgram(
    weftCommand(
      "up",
      ...(options.files === undefined ? [] : [folder]),
      ...(options.paths ?? []),
      ...["--map", options.map, "--state", state],
      ...["--port", `${options.gatewayPort ?? 8080}=${port}`],
      ...(options.parameters ?? []),
    ),
    { env: options.env ?? {} },
  );
  const stop = stopOnce(program, state);
  context.after(async () => {
    await stop();
    rmSync(root, { recursive: true, force: true });
  });

  await eventually(
    "the mesh being ready",
    () => {
      if (!program.isRunning()) throw new Hopeless(`weft up ended:\n${program.output()}`);
      if (readMeshRecord(state).readyAfterMs !== undefined) return true;
      throw new Error(`weft up printed so far:\n${program.output()}`);
    },
    { deadlineMs: START_DEADLINE_MS },
  );
  const url = `http://127.0.0.1:${port}`;
  const firstUrl = `${url}${options.firstPath ?? "/"}`;
  await eventually(`${firstUrl} answering`, async () => {
    const { status, body } = await ask(firstUrl);
    if (status === 200) return true;
    throw new Error(`${status} ${body}`);
  });
  return {
    program,
    url,
    state,
    folder,
    record: () => readMeshRecord(state),
    workload: (podPrefix) => oneWorkload(readMeshRecord(state), podPrefix),
    get: (path, headers = {}) => ask(`${url}${path}`, { headers }),
    load: (path, loadOptions) => load(`${url}${path}`, loadOptions),
    edit: (name, content) => replaceFile(join(folder, name), content),
    stop,
  };
}

function oneWorkload(record: MeshRecord, podPrefix: string): WorkloadRecord {
  const workloads = [...record.gateways, ...record.workloads];
  const found = workloads.filter(({ pod }) => pod.startsWith(podPrefix));
  const [workload] = found;
  assert(
    workload !== undefined && found.length === 1,
    `${found.length} of ${workloads.map(({ pod }) => pod).join(", ")} begin "${podPrefix}"`,
  );
  return workload;
}

function replaceFile(path: string, content: string | undefined): void {
  if (content === undefined) {
    rmSync(path);
    return;
  }
  // Outside the watched folder, so that nobody reads a file of half the content.
  const draft = join(dirname(dirname(path)), `.draft-${basename(path)}`);
  writeFileSync(draft, content);
  renameSync(draft, path);
}

function stopOnce(program: Program, state: string): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stopAndLook(program, state);
    return stopping;
  };
}

async function stopAndLook(program: Program, state: string): Promise<void> {
  const pids = knownPids(state);
  await program.stop("SIGINT");
  const left = await eventually(
    "every process having gone",
    () => {
      const marked = processesMarked(state);
      const known = pids.filter(isAlive).map(String);
      if (marked.length + known.length === 0) return [];
      throw new Error([...marked, ...known].join("\n"));
    },
    { deadlineMs: 3000 },
  );
  assert.deepEqual(left, []);
}

function knownPids(state: string): readonly number[] {
  try {
    return recordedPids(readMeshRecord(state));
  } catch {
    // It never came so far as to write it.
    return [];
  }
}
