import { statSync } from "node:fs";
import type { Command } from "commander";
import { readEnvironment } from "../config/env.ts";
import { buildOwnEnvironment } from "../launcher/own-environment.ts";
import { findPrograms } from "../launcher/programs.ts";
import { UsageError } from "../usage-error.ts";
import { runProgram } from "./bundled-program.ts";

interface ProxyFlags {
  readonly config: string;
  readonly drainTime: string;
}

/** `weft proxy -c BOOTSTRAP`: the data plane alone. */
export function addProxyCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("proxy")
    .description("the data plane alone, from an Envoy v3 bootstrap in YAML or JSON")
    .requiredOption(
      "-c, --config <bootstrap>",
      "Envoy v3 bootstrap: static resources, xDS, or both",
    )
    .option(
      "--drain-time <duration>",
      "how long requests in flight may go on after SIGTERM; it ends earlier once there are none",
      "45s",
    )
    .addHelpText(
      "after",
      "\nAdmin pages are where the bootstrap's admin.address says. SIGTERM drains; a second one ends at once.",
    )
    .action(async ({ config, drainTime }: ProxyFlags) => {
      if (statSync(config, { throwIfNoEntry: false })?.isDirectory() !== false) {
        throw new UsageError(`-c ${config} is no file; name an Envoy v3 bootstrap in YAML or JSON`);
      }
      const environment = readEnvironment();
      const programs = findPrograms(environment);
      const parameters = [programs.proxy, "-c", config, "--drain-time", drainTime];
      setExitCode(
        await runProgram(programs.node, parameters, buildOwnEnvironment(environment.all)),
      );
    });
}
