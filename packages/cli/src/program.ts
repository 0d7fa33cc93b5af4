import { ConfigError, MeshError } from "@weft/core";
import { Command, CommanderError } from "commander";
import { addControlPlaneCommand } from "./commands/control-plane.ts";
import { addProxyCommand } from "./commands/proxy.ts";
import { addRunCommand } from "./commands/run.ts";
import { addTranslateCommand } from "./commands/translate.ts";
import { addUpCommand } from "./commands/up.ts";
import { addValidateCommand } from "./commands/validate.ts";
import { formatSystemError, isSystemError } from "./system-error.ts";
import { UsageError } from "./usage-error.ts";

/** Exit codes that scripts may rely on. */
const EXIT = { ok: 0, problem: 1, misuse: 64 } as const;

/** Adds one command to the program; it tells its exit code when that is not 0. */
type AddCommand = (program: Command, setExitCode: (code: number) => void) => void;

/** In the order of the help text. */
const COMMANDS: readonly AddCommand[] = [
  addUpCommand,
  addRunCommand,
  addProxyCommand,
  addControlPlaneCommand,
  addValidateCommand,
  addTranslateCommand,
];

/** Runs the command line `parameters` (without program names); the answer is the exit code. */
export async function main(parameters: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  // `weft … | head`: who has read enough closes the pipe, and that is no fault.
  process.stdout.once("error", () => process.exit(EXIT.ok));
  const program = new Command("weft")
    .description("The mesh you can run on a laptop, test like code, and ask why.")
    .version("0.1.0")
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(try "weft -h")');
  for (const add of COMMANDS) {
    add(program, (code) => {
      exitCode = code;
    });
  }
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync([...parameters], { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misuse;
  if (error instanceof UsageError) {
    console.error(`weft: ${error.message}`);
    return EXIT.misuse;
  }
  if (error instanceof MeshError || error instanceof ConfigError) {
    console.error(`weft: ${error.message}`);
    return EXIT.problem;
  }
  if (isSystemError(error)) {
    console.error(`weft: ${formatSystemError(error)}`);
    return EXIT.problem;
  }
  throw error;
}
