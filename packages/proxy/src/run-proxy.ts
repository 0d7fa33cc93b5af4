import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  ConfigError,
  createLog,
  MeshError,
  parseDurationMs,
  systemClock,
  systemRandom,
  toError,
} from "@weft/core";
import { parseBootstrap } from "./bootstrap/parse-bootstrap.ts";
import { createIdentityServer } from "./identity-server.ts";
import { createProxy, type RunningProxy } from "./proxy.ts";
import { releaseStartupMemory } from "./release-memory.ts";
import { waitForStop } from "./wait-for-stop.ts";

/** The variable that holds the join token; taken out of the environment at once. */
const JOIN_TOKEN = "WEFT_JOIN_TOKEN";

const USAGE = `usage: proxy -c BOOTSTRAP [options]

  -c, --config-path FILE   Envoy v3 bootstrap in YAML or JSON
      --drain-time TIME    how long connections may go on after SIGTERM (default 45s)
      --exit-with-parent   end when standard input ends
      --sds-only           serve this workload's certificate to an Envoy, and proxy nothing
      --sds-socket PATH    where to serve it (Unix socket)
  -h, --help
`;

const VERSION = "weft/0.1.0";

/** Exit codes: stopped as told, could not start or broke down, wrongly called. */
const EXIT = { ok: 0, failure: 1, usage: 64 } as const;

/**
 * Runs a proxy until it is told to stop; answers the exit code. `env` loses the join token, so that
 * nothing that looks at the environment later can find it.
 */
export async function runProxy(
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  const joinToken = env[JOIN_TOKEN];
  delete env[JOIN_TOKEN];
  const write = (line: string) => void process.stderr.write(line);
  const log = createLog("proxy", systemClock, write);
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (thrown) {
    write(`proxy: ${toError(thrown).message}\n${USAGE}`);
    return EXIT.usage;
  }
  if (options.isHelp) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  // A bug must be seen, and must not leave half a proxy behind that still accepts connections.
  process.on("uncaughtException", (error) => {
    log.error("unexpected error; ending", { reason: error.stack ?? error.message });
    process.exit(EXIT.failure);
  });
  let running: Running | undefined;
  try {
    running = createRunning(options, joinToken, write);
    await running.start();
    const release = releaseStartupMemory(() => running?.state === "LIVE", systemClock);
    const reason = await waitForStop({ exitWithParent: options.exitWithParent });
    release.cancel();
    log.info("draining", { reason });
    await running.close({ deadlineMs: options.drainTimeMs });
    return EXIT.ok;
  } catch (thrown) {
    const error = toError(thrown);
    const isExpected =
      error instanceof ConfigError || error instanceof MeshError || "code" in error;
    log.error(isExpected ? error.message : (error.stack ?? error.message));
    await running?.close({ deadlineMs: 0 });
    return EXIT.failure;
  }
}

/** What the process does, whichever of its two modes it is in. */
type Running = Pick<RunningProxy, "start" | "state" | "close">;

function createRunning(
  { configPath, drainTimeMs, sdsSocketPath }: Options,
  joinToken: string | undefined,
  write: (line: string) => void,
): Running {
  const bootstrap = parseBootstrap(readFileSync(configPath, "utf8"), configPath);
  const environment = { clock: systemClock, random: systemRandom, write };
  return sdsSocketPath === undefined
    ? createProxy({ bootstrap, joinToken, drainTimeMs, version: VERSION }, environment)
    : createIdentityServer({ bootstrap, joinToken, sdsSocketPath }, environment);
}

interface Options {
  readonly configPath: string;
  readonly drainTimeMs: number;
  readonly exitWithParent: boolean;
  readonly sdsSocketPath: string | undefined;
  readonly isHelp: boolean;
}

function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      "config-path": { type: "string", short: "c" },
      "drain-time": { type: "string", default: "45s" },
      "exit-with-parent": { type: "boolean", default: false },
      "sds-only": { type: "boolean", default: false },
      "sds-socket": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const configPath = values["config-path"];
  if (configPath === undefined && !values.help) throw new ConfigError("-c", "is required");
  if (values["sds-only"] && values["sds-socket"] === undefined)
    throw new ConfigError("--sds-socket", "is required with --sds-only");
  return {
    configPath: configPath ?? "",
    drainTimeMs: parseDurationMs(values["drain-time"], "--drain-time"),
    exitWithParent: values["exit-with-parent"],
    sdsSocketPath: values["sds-only"] ? values["sds-socket"] : undefined,
    isHelp: values.help,
  };
}
