import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { ConfigError, parseDurationMs } from "@weft/core";
import type { ProgramSources } from "../launcher/workload-plan.ts";
import { formatMapProblem, type MapProblem } from "../map/map-reader.ts";
import { EMPTY_MAP, parseWorkloadMap, type WorkloadMap } from "../map/workload-map.ts";
import { UsageError } from "../usage-error.ts";

/** The flags of `weft up`, as commander hands them over. */
export interface UpFlags {
  readonly map?: string;
  readonly state?: string;
  readonly port: readonly string[];
  readonly capture: string;
  readonly workloadCertificateLifetime?: string;
}

/** What `weft up` is to run. */
export interface UpOptions {
  /** Files and folders of resources, relative to the current folder where they lie below it. */
  readonly resources: readonly string[];
  /** Where weft.yaml is; `undefined`: there is none. */
  readonly mapPath: string | undefined;
  /** Of `--port`, stronger than those of weft.yaml. */
  readonly ports: ReadonlyMap<number, number>;
  readonly workloadCertificateLifetime: string | undefined;
  readonly programs: ProgramSources;
}

/** The control plane's own limit, told before anything starts. */
const MIN_LIFETIME_MS = 2000;

/** Resolves paths and flags; throws `UsageError` for flags that make no sense. */
export function resolveUpOptions(
  paths: readonly string[],
  flags: UpFlags,
  { searchPath, envoy }: ProgramSources,
): UpOptions {
  if (flags.capture !== "proxy-env") {
    throw new UsageError(`--capture ${flags.capture} is not known; it can be proxy-env`);
  }
  const lifetime = flags.workloadCertificateLifetime;
  if (lifetime !== undefined) checkLifetime(lifetime);
  const { resources, mapPath } = resolveResources(paths, flags.map);
  const ports = new Map(flags.port.map(parsePort));
  return {
    resources,
    mapPath,
    ports,
    workloadCertificateLifetime: lifetime,
    programs: { searchPath, envoy },
  };
}

/**
 * Which files the paths stand for, and which map belongs to them: the one named, or that beside the
 * first path that has one. Throws `UsageError` for a path that is not there.
 */
export function resolveResources(
  paths: readonly string[],
  map: string | undefined,
): Pick<UpOptions, "resources" | "mapPath"> {
  const named = paths.length > 0 ? paths : ["."];
  for (const path of named) {
    if (!existsSync(path))
      throw new UsageError(`${path} does not exist; name a folder of YAML files`);
  }
  const mapPath = map ?? named.map(mapBeside).find((path) => path !== undefined);
  if (mapPath !== undefined && !isReadable(mapPath)) {
    throw new UsageError(`--map ${mapPath} is no file; name a weft.yaml`);
  }
  return { resources: named.flatMap((path) => resourcesOf(path, mapPath)), mapPath };
}

/** Reads weft.yaml. Throws `ConfigError` with one line a problem. */
export function readMap(mapPath: string | undefined): WorkloadMap {
  if (mapPath === undefined) return EMPTY_MAP;
  const { map, problems } = parseMapFile(mapPath);
  if (problems.length > 0) throw new ConfigError("", problems.map(formatMapProblem).join("\n"));
  return map;
}

/** What is wrong with a weft.yaml. */
export function readMapProblems(mapPath: string): readonly MapProblem[] {
  return parseMapFile(mapPath).problems;
}

function parseMapFile(mapPath: string) {
  return parseWorkloadMap(readFileSync(mapPath, "utf8"), shorten(mapPath), mapPath);
}

/** A folder with a map says itself which of its files are resources. */
function resourcesOf(path: string, mapPath: string | undefined): readonly string[] {
  const own = mapBeside(path);
  if (own === undefined || mapPath === undefined || resolve(own) !== resolve(mapPath))
    return [path];
  // What is wrong with the map is told by whoever needs its commands.
  const { resources } = parseMapFile(own).map;
  return resources.length > 0 ? resources.map(shorten) : [path];
}

/** A file, or what a shell gives in the place of one. */
function isReadable(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}

function mapBeside(path: string): string | undefined {
  if (!statSync(path).isDirectory()) return undefined;
  const candidate = join(path, "weft.yaml");
  return existsSync(candidate) ? candidate : undefined;
}

function shorten(path: string): string {
  const short = relative(process.cwd(), resolve(path));
  return short.startsWith("..") || short === "" ? path : short;
}

function parsePort(text: string): readonly [number, number] {
  const [, from, to] = /^(\d{1,5})=(\d{1,5})$/.exec(text) ?? [];
  const [serverPort, port] = [Number(from), Number(to)];
  if (from === undefined || serverPort < 1 || port < 1 || serverPort > 65_535 || port > 65_535) {
    throw new UsageError(`--port ${text}: write GATEWAY_PORT=LOCAL_PORT, such as 8080=18080`);
  }
  return [serverPort, port];
}

function checkLifetime(text: string): void {
  const flag = "--workload-certificate-lifetime";
  try {
    const lifetimeMs = parseDurationMs(text, flag);
    if (lifetimeMs < MIN_LIFETIME_MS) {
      throw new ConfigError(flag, "must be 2s or more, or certificates cannot be renewed");
    }
  } catch (error) {
    throw new UsageError(error instanceof ConfigError ? error.message : String(error));
  }
}
