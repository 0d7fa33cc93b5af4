import { type Clock, systemClock, systemRandom } from "@weft/core";
import type { Command } from "commander";
import { chooseAddressPlan } from "../address/choose-plan.ts";
import { createPortFinder } from "../address/free-port.ts";
import { type Environment, readEnvironment } from "../config/env.ts";
import type { LaunchContext } from "../launcher/launch-context.ts";
import { Mesh } from "../launcher/mesh.ts";
import { findPrograms } from "../launcher/programs.ts";
import { ProcessGroup } from "../process/process-group.ts";
import { createReaper } from "../process/reaper.ts";
import { onStopSignal } from "../process/stop-signal.ts";
import { defaultStatePath, StateFolder } from "../state/state-folder.ts";
import { claimState, releaseState } from "../state/state-lock.ts";
import { UpView } from "../terminal/up-view.ts";
import { resolveUpOptions, type UpFlags, type UpOptions } from "../up/up-options.ts";
import { UpSession } from "../up/up-session.ts";

/** `weft up [PATH…]`: a whole mesh on this machine. */
export function addUpCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("up")
    .description(
      "run a mesh from YAML: CA, control plane, gateway, and a sidecar beside each workload",
    )
    .argument("[path...]", "files and folders of Kubernetes and Istio YAML (default: this folder)")
    .option("--map <file>", "which command stands for which image (default: weft.yaml in PATH)")
    .option("--state <dir>", "where the mesh keeps its CA, logs and run files")
    .option(
      "--port <gateway=local>",
      "open a gateway's port elsewhere, e.g. 8080=18080",
      collect,
      [],
    )
    .option("--capture <way>", "how traffic reaches the sidecars: proxy-env", "proxy-env")
    .option("--workload-certificate-lifetime <duration>", "e.g. 20s; default 24h")
    .addHelpText(
      "after",
      "\nCtrl-C stops everything it started. Resources are live: edit and save.",
    )
    .action(async (paths: string[], flags: UpFlags) => {
      const environment = readEnvironment();
      const options = resolveUpOptions(paths, flags, environment);
      const statePath = flags.state ?? defaultStatePath(environment.stateHome, options.resources);
      setExitCode(await up(options, new StateFolder(statePath), environment, systemClock));
    });
}

/** Order matters: nothing may start before the guard that ends it, nor write before the claim. */
async function up(
  options: UpOptions,
  state: StateFolder,
  environment: Environment,
  clock: Clock,
): Promise<number> {
  const programs = findPrograms(environment);
  state.create();
  claimState(state);
  const reaper = createReaper();
  const view = new UpView(process.stdout, { clock, colors: !environment.noColor });
  try {
    state.clear();
    claimState(state);
    const findPort = createPortFinder(systemRandom);
    const context: LaunchContext = {
      state,
      plan: await chooseAddressPlan(process.platform, systemRandom, findPort),
      findPort,
      programs,
      environment,
      spawn: (launch, output) => new ProcessGroup(launch, output, reaper, clock),
      clock,
      random: systemRandom,
      log: view.log,
      onChange: () => view.update(mesh.record()),
    };
    const mesh = new Mesh(options, context);
    const session = new UpSession(options, mesh, view, context);
    const stopListening = onStopSignal(
      clock,
      (signal) => session.stop(signal),
      () => mesh.kill(),
    );
    try {
      return await session.run();
    } finally {
      stopListening();
    }
  } finally {
    view.close();
    await reaper.close();
    state.remove(state.meshRecord);
    releaseState(state);
  }
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
