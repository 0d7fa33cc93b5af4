import { ConfigError } from "@weft/core";
import type {
  ContainerManifest,
  DeploymentManifest,
  Manifest,
  ServiceManifest,
} from "../manifest/manifest.ts";
import { imageName } from "../map/image-glob.ts";
import { findEntry, type WorkloadEntry, type WorkloadMap } from "../map/workload-map.ts";
import type { PodFacts } from "../state/pod-file.ts";
import { hasProgram } from "./find-program.ts";

/** `none`: the application is alone, reachable by everybody, in plain text. */
export type ProxyKind = "weft" | "envoy" | "none";

/** One instance that should run. */
export interface PlannedPod {
  readonly pod: PodFacts;
  readonly apps: readonly PlannedApp[];
  readonly proxyKind: ProxyKind;
  /** Every container port that somebody may call. */
  readonly ports: readonly number[];
}

/** One container of it, as a local command. */
export interface PlannedApp {
  readonly container: ContainerManifest;
  readonly entry: WorkloadEntry;
}

/** What the resources and the map ask to run. */
export interface WorkloadPlan {
  readonly pods: readonly PlannedPod[];
  /** `namespace/name` of Deployments that cannot be run as written: what runs of them stays. */
  readonly kept: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/** Where the commands of the map and a stock Envoy are found. */
export interface ProgramSources {
  readonly searchPath: string;
  /** Name or path of a stock Envoy. */
  readonly envoy: string;
}

/**
 * Turns Deployments into instances, each container by its image into a command of the map. Whoever
 * names a program that is not there is told now: starting it again and again would not find it.
 */
export function planWorkloads(
  manifests: readonly Manifest[],
  map: WorkloadMap,
  programs: ProgramSources,
): WorkloadPlan {
  const services = manifests.filter((manifest) => manifest.kind === "Service");
  const pods: PlannedPod[] = [];
  const kept = new Set<string>();
  const problems: string[] = [];
  for (const manifest of manifests) {
    if (manifest.kind !== "Deployment") continue;
    try {
      pods.push(...planDeployment(manifest, services, map, programs));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      kept.add(`${manifest.namespace}/${manifest.name}`);
      problems.push(error.message);
    }
  }
  return { pods, kept, problems };
}

function planDeployment(
  deployment: DeploymentManifest,
  services: readonly ServiceManifest[],
  map: WorkloadMap,
  programs: ProgramSources,
): readonly PlannedPod[] {
  const apps = deployment.containers.map((container) => ({
    container,
    entry: commandFor(container, deployment, map),
  }));
  for (const { entry } of apps) checkProgram(entry, programs);
  const proxyKind = chooseProxy(deployment, apps);
  if (proxyKind === "envoy") checkEnvoy(apps, programs);
  const ports = calledPorts(deployment, services);
  return Array.from({ length: deployment.replicaCount }, (_, index) => ({
    pod: {
      name: `${deployment.name}-${index}`,
      namespace: deployment.namespace,
      labels: deployment.labels,
      annotations: deployment.annotations,
      serviceAccount: deployment.serviceAccount,
      workload: deployment.name,
      containers: deployment.containers,
    },
    apps,
    proxyKind,
    ports,
  }));
}

function chooseProxy({ hasSidecar }: DeploymentManifest, apps: readonly PlannedApp[]): ProxyKind {
  if (!hasSidecar) return "none";
  return apps.some(({ entry }) => entry.proxy === "envoy") ? "envoy" : "weft";
}

function commandFor(
  { image }: ContainerManifest,
  { namespace, name, place }: DeploymentManifest,
  map: WorkloadMap,
): WorkloadEntry {
  const entry = findEntry(map, image);
  if (entry !== undefined) return entry;
  const example = `- { image: "${imageName(image)}", command: [node, service.ts] }`;
  throw new ConfigError(
    "",
    `${place}: error MissingCommand no command for image ${image} of Deployment ${namespace}/${name}; add below "workloads:" in ${map.file}: ${example}`,
  );
}

function checkProgram(entry: WorkloadEntry, { searchPath }: ProgramSources): void {
  const { command, environment, folder, place } = entry;
  const [program = ""] = command;
  // Ours is put before the PATH of every application.
  if (program === "node") return;
  if (hasProgram(program, { folder, searchPath: environment.PATH ?? searchPath })) return;
  const where = program.includes("/") ? `no program in ${folder}` : "not on the PATH";
  throw new ConfigError(
    "",
    `${place}: error MissingProgram command: ${program} is ${where}; install it, or write the path of another`,
  );
}

function checkEnvoy(apps: readonly PlannedApp[], { envoy, searchPath }: ProgramSources): void {
  if (hasProgram(envoy, { folder: ".", searchPath })) return;
  const place = apps.find(({ entry }) => entry.proxy === "envoy")?.entry.place;
  throw new ConfigError(
    "",
    `${place}: error MissingProgram proxy: there is no Envoy at "${envoy}"; set WEFT_ENVOY to the path of one`,
  );
}

/** Declared container ports, and undeclared ones that a Service leads to: both work on Kubernetes. */
function calledPorts(
  { namespace, labels, containers }: DeploymentManifest,
  services: readonly ServiceManifest[],
): readonly number[] {
  const declared = containers.flatMap(({ ports }) => ports);
  const targeted = services
    .filter((service) => service.namespace === namespace && isSelected(service.selector, labels))
    .flatMap(({ ports }) => ports.map(({ targetPort }) => targetPort));
  return [...new Set([...declared, ...targeted])];
}

function isSelected(selector: Readonly<Record<string, string>>, labels: Record<string, string>) {
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([name, value]) => labels[name] === value);
}
