import { ConfigError, createLog, MeshError, systemClock, toError } from "@weft/core";
import { createFileConfigSource } from "../config-source/index.ts";
import { type ControlPlane, createControlPlane } from "../control-plane.ts";
import { translateProxy } from "../translate/index.ts";
import { type ControlPlaneOptions, parseControlPlaneOptions, USAGE } from "./options.ts";
import { createProblemPrinter } from "./problem-printer.ts";

/** What the program has of its process. */
export interface ProgramIo {
  /** Settles when the program should end: a signal, or its parent's death. */
  readonly stopped: (options: { readonly withStdin: boolean }) => Promise<string>;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const EXIT = { ok: 0, failed: 1, misuse: 64 } as const;
/** istiod's ports. */
const PORTS = { xds: 15012, plaintextXds: 15010, http: 15014 } as const;

/** Runs a control plane until it is told to stop; settles with the exit code. */
export async function runControlPlane(argv: readonly string[], io: ProgramIo): Promise<number> {
  let options: ControlPlaneOptions | "help";
  try {
    options = parseControlPlaneOptions(argv);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    io.error(`error: ${thrown.message}\ntry --help\n`);
    return EXIT.misuse;
  }
  if (options === "help") {
    io.out(USAGE);
    return EXIT.ok;
  }
  const stopped = io.stopped({ withStdin: options.exitsWithParent });
  const log = createLog("control-plane", systemClock, io.error);
  let plane: ControlPlane;
  try {
    plane = await start(options, io);
  } catch (thrown) {
    const error = toError(thrown);
    // What the environment did wrong is one sentence; anything else is a bug and needs its stack.
    io.error(
      `error: ${error instanceof MeshError ? error.message : (error.stack ?? error.message)}\n`,
    );
    return EXIT.failed;
  }
  const { xds, http } = plane.ports;
  io.out(`control plane ready address=${options.address} xds=${xds} http=${http}\n`);
  log.info("stopping", { reason: await stopped });
  await plane.close();
  return EXIT.ok;
}

function start(options: ControlPlaneOptions, io: ProgramIo): Promise<ControlPlane> {
  const { stateFolder, address, trustDomain, workloadCertificateLifetimeMs } = options;
  const clock = systemClock;
  const log = createLog("control-plane", clock, io.error);
  return createControlPlane({
    stateFolder,
    address,
    trustDomain,
    workloadCertificateLifetimeMs,
    ports: { ...PORTS, plaintextXds: options.servesPlaintextXds ? PORTS.plaintextXds : undefined },
    clock,
    log,
    openSource: (onChange) =>
      createFileConfigSource({
        paths: options.configPaths,
        clock,
        log,
        onChange: ({ mesh, problems }) => onChange(mesh, problems),
      }),
    translate: ({ mesh, registry }, proxy) => translateProxy(mesh, registry, proxy),
    onProblems: createProblemPrinter(io.error),
  });
}
