import { type Clock, MeshError, systemClock, systemRandom } from "@weft/core";
import type { Command } from "commander";
import { chooseAddressPlan } from "../address/choose-plan.ts";
import { createPortFinder } from "../address/free-port.ts";
import { type Environment, readEnvironment } from "../config/env.ts";
import { hasProgram } from "../launcher/find-program.ts";
import { planJoinedPod } from "../launcher/joined-pod.ts";
import { JoinedProcess } from "../launcher/joined-process.ts";
import type { LaunchContext } from "../launcher/launch-context.ts";
import { findPrograms } from "../launcher/programs.ts";
import { ManifestFolder } from "../manifest/manifest-folder.ts";
import { ProcessGroup } from "../process/process-group.ts";
import { createReaper } from "../process/reaper.ts";
import { onStopSignal } from "../process/stop-signal.ts";
import { findRunningMeshes, type MeshRecord, readMeshRecord } from "../state/mesh-record.ts";
import { StateFolder } from "../state/state-folder.ts";
import { UsageError } from "../usage-error.ts";
import { exitCodeOf } from "./bundled-program.ts";

/** A shell's code for a command that it did not find. */
const EXIT_NO_PROGRAM = 127;

interface RunFlags {
  readonly service: string;
  readonly namespace: string;
  readonly mesh?: string;
  readonly port?: string;
  readonly serviceAccount?: string;
}

/** `weft run --service NAME -- COMMAND…`: one process beside its own sidecar, in a running mesh. */
export function addRunCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("run")
    .description(
      "start one process beside its own sidecar, as an instance of a service of a running mesh",
    )
    .argument("<command...>", "the program and its parameters, after --")
    .passThroughOptions()
    .requiredOption("--service <name>", "the Service that it is an instance of")
    .option("--namespace <name>", "namespace of the service", "default")
    .option("--mesh <state>", "state folder of the mesh (default: the one that runs)")
    .option("--port <number>", "where the program listens (default: a free port, told as PORT)")
    .option("--service-account <name>", "identity (default: that of the service's Deployment)")
    .addHelpText("after", "\nExits with the program's exit code.")
    .action(async (command: string[], flags: RunFlags) => {
      setExitCode(await run(command, flags, readEnvironment(), systemClock));
    });
}

async function run(
  command: readonly string[],
  flags: RunFlags,
  environment: Environment,
  clock: Clock,
): Promise<number> {
  const port = parsePort(flags.port);
  const [program = ""] = command;
  if (program !== "node" && !hasProgram(program, { folder: ".", ...environment })) {
    console.error(`weft: ${program} is no program that can be started; look at the PATH`);
    return EXIT_NO_PROGRAM;
  }
  const { state, record } = findMesh(flags.mesh, environment);
  const manifests = new ManifestFolder(record.resources).read();
  const planned = planJoinedPod(manifests, {
    ...flags,
    name: `${flags.service}-run-${process.pid}`,
  });
  const reaper = createReaper();
  const findPort = createPortFinder(systemRandom);
  const { controlPlane } = record;
  const context: LaunchContext = {
    state,
    plan: await chooseAddressPlan(process.platform, systemRandom, findPort, controlPlane),
    findPort,
    programs: findPrograms(environment),
    environment,
    spawn: (launch, output) => new ProcessGroup(launch, output, reaper, clock),
    clock,
    random: systemRandom,
    log: {
      info: (message) => console.error(`weft: ${message}`),
      warn: (message) => console.error(`weft: ${message}`),
      error: (message) => console.error(`weft: ${message}`),
    },
    onChange: () => {},
  };
  const joined = await JoinedProcess.create(planned, { command, port }, context);
  const stopListening = onStopSignal(
    clock,
    (signal) => joined.signal(signal),
    () => joined.signal("SIGKILL"),
  );
  try {
    return exitCodeOf(await joined.run());
  } finally {
    stopListening();
    await reaper.close();
  }
}

function findMesh(
  path: string | undefined,
  { stateHome }: Environment,
): { readonly state: StateFolder; readonly record: MeshRecord } {
  const running = path === undefined ? findRunningMeshes(stateHome) : [new StateFolder(path)];
  const [state] = running;
  if (running.length > 1) {
    const paths = running.map((one) => one.path).join(", ");
    throw new UsageError(`several meshes are running; choose one with --mesh: ${paths}`);
  }
  const record = state === undefined ? undefined : readMeshRecord(state);
  if (state !== undefined && record !== undefined) return { state, record };
  const where = path === undefined ? "" : ` in ${path}`;
  throw new MeshError(
    "no_mesh",
    `no mesh is running${where}; start one with "weft up", or name its state folder with --mesh`,
  );
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--port ${text} is not a port`);
}
