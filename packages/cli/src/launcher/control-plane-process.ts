import { answersOk, waitFor } from "../process/probe.ts";
import { formatExit, SupervisedProcess } from "../process/supervised-process.ts";
import type { LaunchContext } from "./launch-context.ts";
import { buildOwnEnvironment } from "./own-environment.ts";

/** What the control plane is told beyond where it lives. */
export interface ControlPlaneOptions {
  /** Files and folders, as the user named them. */
  readonly resources: readonly string[];
  /** `20s`; `undefined`: its own default. */
  readonly workloadCertificateLifetime: string | undefined;
}

/** A line of the control plane that tells of a problem in a user's file. */
const PROBLEM = /^.+?:\d+:\d+: (?:error|warning) .*$|^all problems are solved$/;

/** The control plane as a supervised process; its problem lines go to people. */
export function createControlPlane(
  { resources, workloadCertificateLifetime }: ControlPlaneOptions,
  context: LaunchContext,
  onLine: (line: string) => void,
): SupervisedProcess {
  const { state, plan, programs, clock, log } = context;
  const { address, httpPort } = plan.controlPlane;
  const lifetime =
    workloadCertificateLifetime === undefined
      ? []
      : ["--workload-certificate-lifetime", workloadCertificateLifetime];
  return new SupervisedProcess(
    {
      name: "control plane",
      output: { logPath: state.log("control-plane"), onLine },
      prepare: () => ({
        command: programs.node,
        parameters: [
          programs.controlPlane,
          ...[...resources, state.pods].flatMap((path) => ["--config", path]),
          ...["--state", state.path, "--address", address],
          ...lifetime,
          "--exit-with-parent",
        ],
        environment: buildOwnEnvironment(context.environment.all),
      }),
      probe: (signal) => waitFor(() => answersOk(address, httpPort, "/ready"), clock, signal),
    },
    {
      ...context,
      onState: (process, exit) => {
        if (process.state === "waiting" && exit !== undefined) {
          log.warn(`the control plane ${formatExit(exit)}; it is started again, traffic goes on`);
        } else if (process.state === "ready" && process.restarts > 0) {
          log.info("the control plane is back");
        }
        context.onChange();
      },
    },
  );
}

/** The problem that a line of the control plane's log tells of. */
export function problemIn(line: string): string | undefined {
  return PROBLEM.exec(line)?.[0];
}
