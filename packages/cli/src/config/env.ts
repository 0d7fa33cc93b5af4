import { homedir } from "node:os";
import { join } from "node:path";

/** What the command line takes from the environment. Read once, before anything starts. */
export interface Environment {
  /** `XDG_STATE_HOME`, default `~/.local/state`: below it, `weft/<name>` is a mesh's state folder. */
  readonly stateHome: string;
  /** `WEFT_ENVOY`: the stock Envoy for workloads with `proxy: envoy`; default: `envoy` on the PATH. */
  readonly envoy: string;
  /** `PATH`: where the commands of workloads are looked for. */
  readonly searchPath: string;
  /** `WEFT_PROGRAMS`: folder of the bundled programs; default: `dist` of the checkout. */
  readonly programsFolder: string | undefined;
  /** `NO_COLOR` set: no colours, https://no-color.org. */
  readonly noColor: boolean;
  /** Everything, for the processes that we start. */
  readonly all: Readonly<Record<string, string | undefined>>;
}

/** Reads `variables` (the process's own by default). */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  return {
    stateHome: variables.XDG_STATE_HOME || join(homedir(), ".local", "state"),
    envoy: variables.WEFT_ENVOY || "envoy",
    searchPath: variables.PATH ?? "",
    programsFolder: variables.WEFT_PROGRAMS || undefined,
    noColor: (variables.NO_COLOR ?? "") !== "",
    all: variables,
  };
}
