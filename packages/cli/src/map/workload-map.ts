import { dirname, resolve } from "node:path";
import type { Document } from "yaml";
import { matchImage } from "./image-glob.ts";
import { type MapProblem, MapReader } from "./map-reader.ts";

/** Which local command stands for a container image: one entry of `workloads` in weft.yaml. */
export interface WorkloadEntry {
  /** Globs on the image's name without its tag; any may match. */
  readonly images: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Folder that the command runs in: that of the map. */
  readonly folder: string;
  /** `weft`: our own sidecar; `envoy`: a stock Envoy in its place. */
  readonly proxy: "weft" | "envoy";
  /** Where the entry stands: `weft.yaml:12:5`. */
  readonly place: string;
}

/** A parsed weft.yaml. */
export interface WorkloadMap {
  readonly file: string;
  /** Files or folders to read resources from when the map's own folder is run; absolute. */
  readonly resources: readonly string[];
  readonly workloads: readonly WorkloadEntry[];
  /** Gateway server port → port to open on this machine. */
  readonly gatewayPorts: ReadonlyMap<number, number>;
}

/** What a run without any weft.yaml has: no commands. */
export const EMPTY_MAP: WorkloadMap = {
  file: "weft.yaml",
  resources: [],
  workloads: [],
  gatewayPorts: new Map(),
};

/** The first entry that stands for `image`. */
export function findEntry(map: WorkloadMap, image: string): WorkloadEntry | undefined {
  return map.workloads.find(({ images }) => images.some((glob) => matchImage(glob, image)));
}

/**
 * Parses weft.yaml. `file` is the name that problems show, `path` where it lies (commands run in its
 * folder). Problems are collected, none is thrown; `map` holds what could be understood.
 */
export function parseWorkloadMap(
  text: string,
  file: string,
  path: string = file,
): { readonly map: WorkloadMap; readonly problems: readonly MapProblem[] } {
  const reader = new MapReader(text, file);
  const folder = dirname(resolve(path));
  const root = reader.object(reader.root, "", ["resources", "workloads", "gateway"]);
  const gateway = reader.object(root?.gateway, "gateway", ["ports"]);
  const map: WorkloadMap = {
    file,
    resources: reader.strings(root?.resources, "resources").map((name) => resolve(folder, name)),
    workloads: reader
      .list(root?.workloads, "workloads")
      .flatMap((node, index) => parseEntry(reader, node, `workloads[${index}]`, folder)),
    gatewayPorts: parsePorts(reader, gateway?.ports),
  };
  return { map, problems: reader.problems };
}

type Node = Document["contents"];

function parseEntry(
  reader: MapReader,
  node: Node,
  field: string,
  folder: string,
): readonly WorkloadEntry[] {
  const entry = reader.object(node, field, ["image", "command", "env", "proxy"]);
  if (entry === undefined) return [];
  const images = reader.strings(entry.image, `${field}.image`);
  const command = reader.strings(entry.command, `${field}.command`);
  if (images.length === 0) {
    reader.report(
      node,
      "MissingField",
      `${field}.image`,
      "is missing; say which images this is for",
    );
  }
  if (command.length === 0 && entry.command === undefined) {
    const rule = `no command for image ${images[0] ?? "?"}; add e.g. "command: [node, service.ts]"`;
    reader.report(node, "MissingCommand", `${field}.command`, rule);
  } else if (command.length === 0) {
    reader.report(entry.command, "MissingCommand", `${field}.command`, "is empty; name a program");
  }
  if (images.length === 0 || command.length === 0) return [];
  const proxy = reader.oneOf(entry.proxy, `${field}.proxy`, ["weft", "envoy"] as const) ?? "weft";
  const environment = Object.fromEntries(reader.scalars(entry.env, `${field}.env`));
  return [{ images, command, environment, folder, proxy, place: reader.place(node) }];
}

function parsePorts(reader: MapReader, node: Node | undefined): ReadonlyMap<number, number> {
  const ports = new Map<number, number>();
  for (const [key, value] of reader.scalars(node, "gateway.ports")) {
    const [from, to] = [Number(key), Number(value)];
    if (isPort(from) && isPort(to)) ports.set(from, to);
    else {
      const rule = `"${key}: ${value}" is not a pair of ports; write "80: 8080"`;
      reader.report(node, "InvalidPort", "gateway.ports", rule);
    }
  }
  return ports;
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}
