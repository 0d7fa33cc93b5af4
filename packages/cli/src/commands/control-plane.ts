import { isIP } from "node:net";
import type { Command } from "commander";
import { readEnvironment } from "../config/env.ts";
import { buildOwnEnvironment } from "../launcher/own-environment.ts";
import { findPrograms } from "../launcher/programs.ts";
import { StateFolder } from "../state/state-folder.ts";
import { resolveResources } from "../up/up-options.ts";
import { UsageError } from "../usage-error.ts";
import { runProgram } from "./bundled-program.ts";

interface ControlPlaneFlags {
  readonly config: readonly string[];
  readonly state: string;
  readonly address: string;
  readonly workloadCertificateLifetime?: string;
}

/** `weft control-plane`: the control plane alone. */
export function addControlPlaneCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  program
    .command("control-plane")
    .description(
      "the control plane alone: reads YAML, serves xDS (15010, 15012) and signs certificates",
    )
    .requiredOption("--config <path...>", "files and folders of YAML; watched")
    .requiredOption("--state <dir>", "where the CA keeps its key, and join tokens are found")
    .option("--address <ip>", "address to listen on", "127.0.0.1")
    .option("--workload-certificate-lifetime <duration>", "lifetime of certificates, e.g. 24h")
    .action(async (flags: ControlPlaneFlags) => {
      const { resources } = resolveResources(flags.config, undefined);
      if (isIP(flags.address) === 0) {
        throw new UsageError(`--address ${flags.address} is not an IP address`);
      }
      new StateFolder(flags.state).create();
      const environment = readEnvironment();
      const programs = findPrograms(environment);
      const lifetime = flags.workloadCertificateLifetime;
      const parameters = [
        programs.controlPlane,
        ...resources.flatMap((path) => ["--config", path]),
        ...["--state", flags.state, "--address", flags.address],
        ...(lifetime === undefined ? [] : ["--workload-certificate-lifetime", lifetime]),
      ];
      setExitCode(
        await runProgram(programs.node, parameters, buildOwnEnvironment(environment.all)),
      );
    });
}
