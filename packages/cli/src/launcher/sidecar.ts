import { tmpdir } from "node:os";
import { join } from "node:path";
import { toSpiffeId } from "@weft/core";
import { buildBootstrap } from "../bootstrap/bootstrap.ts";
import type { ProxyFacts } from "../bootstrap/node-metadata.ts";
import { answersOk, waitFor } from "../process/probe.ts";
import type { Exit, Launch } from "../process/process-group.ts";
import { SupervisedProcess } from "../process/supervised-process.ts";
import { issueJoinToken } from "../state/join-token.ts";
import { podFileName } from "../state/pod-file.ts";
import type { LaunchContext } from "./launch-context.ts";
import { buildOwnEnvironment } from "./own-environment.ts";

const TRUST_DOMAIN = "cluster.local";

/** `sun_path` of a Unix socket's address holds 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH_LENGTH = 100;

/** A proxy beside a workload, or a gateway: its process, and for a stock Envoy the identity agent. */
export interface Sidecar {
  readonly proxy: SupervisedProcess;
  readonly agent?: SupervisedProcess;
  readonly bootstrapPath: string;
}

/** Called whenever the proxy (not the agent) enters another state. */
export type OnSidecarState = (process: SupervisedProcess, exit?: Exit) => void;

/** Writes the bootstrap and makes the processes of one proxy; starts nothing. */
export function createSidecar(
  facts: ProxyFacts,
  context: LaunchContext,
  onState: OnSidecarState,
): Sidecar {
  const { state, plan, programs, clock } = context;
  const name = podFileName(facts.pod);
  const sdsSocketPath = facts.proxyKind === "envoy" ? socketPath(context, name) : undefined;
  const bootstrapPath = join(state.proxies, `${name}.json`);
  const bootstrap = buildBootstrap(facts, {
    controlPlane: plan.controlPlane,
    rootCertificatePath: state.rootCertificate,
    ...(sdsSocketPath !== undefined && { sdsSocketPath }),
  });
  state.write(bootstrapPath, `${JSON.stringify(bootstrap, null, 2)}\n`);

  const own = (parameters: readonly string[]): Launch => ({
    command: programs.node,
    parameters: [programs.proxy, "-c", bootstrapPath, ...parameters, "--exit-with-parent"],
    environment: buildOwnEnvironment(context.environment.all, {
      WEFT_JOIN_TOKEN: issueToken(facts, context),
    }),
  });
  const { address, adminPort } = facts.place;
  const proxy = new SupervisedProcess(
    {
      name: `${facts.pod.name} proxy`,
      output: { logPath: state.log(`${name}.proxy`) },
      prepare: () => (sdsSocketPath === undefined ? own([]) : launchEnvoy(bootstrapPath, context)),
      probe: (signal) => waitFor(() => answersOk(address, adminPort, "/ready"), clock, signal),
    },
    { ...context, onState },
  );
  if (sdsSocketPath === undefined) return { proxy, bootstrapPath };

  const agent = new SupervisedProcess(
    {
      name: `${facts.pod.name} identity`,
      output: { logPath: state.log(`${name}.identity`) },
      prepare: () => own(["--sds-only", "--sds-socket", sdsSocketPath]),
      // Envoy asks again until the agent answers, so nothing waits for it.
      probe: async () => {},
    },
    { ...context, onState: context.onChange },
  );
  return { proxy, agent, bootstrapPath };
}

function issueToken({ pod }: ProxyFacts, { state, clock }: LaunchContext): string {
  const { namespace, serviceAccount, name } = pod;
  const identity = toSpiffeId({ trustDomain: TRUST_DOMAIN, namespace, serviceAccount });
  return issueJoinToken(state, { identity, pod: `${namespace}/${name}` }, clock.wallMs());
}

/** One worker and no shared memory: many of them run on one machine. The bootstrap names the node. */
function launchEnvoy(path: string, context: LaunchContext): Launch {
  const parameters = ["-c", path, "--concurrency", "1", "--disable-hot-restart"];
  return {
    command: context.programs.envoy,
    parameters: [...parameters, "--log-level", "warning"],
    environment: buildOwnEnvironment(context.environment.all),
  };
}

function socketPath({ state }: LaunchContext, name: string): string {
  const path = join(state.sockets, `${name}.sock`);
  if (path.length <= MAX_SOCKET_PATH_LENGTH) return path;
  return join(tmpdir(), `weft-${process.pid}-${name}`.slice(0, 60)).concat(".sock");
}
