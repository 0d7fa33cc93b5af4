import { ConfigError } from "@weft/core";
import { planGateway } from "../launcher/gateway-plan.ts";
import type { WantedMesh } from "../launcher/mesh.ts";
import { planWorkloads } from "../launcher/workload-plan.ts";
import { ManifestFolder } from "../manifest/manifest-folder.ts";
import type { WorkloadMap } from "../map/workload-map.ts";
import { readMap, type UpOptions } from "./up-options.ts";

/** What the files ask for now, and what is wrong with them. */
export interface ReadWants {
  readonly wanted: WantedMesh;
  readonly problems: readonly string[];
}

/** Reads weft.yaml and the resources again and again; each keeps its last good version. */
export class WantedMeshReader {
  readonly #options: UpOptions;
  readonly #manifests: ManifestFolder;
  readonly #mapFolder: ManifestFolder;
  #map: WorkloadMap;

  /** Throws `ConfigError` for a weft.yaml that is wrong from the start. */
  constructor(options: UpOptions) {
    this.#options = options;
    this.#manifests = new ManifestFolder(options.resources);
    this.#mapFolder = new ManifestFolder(options.mapPath === undefined ? [] : [options.mapPath]);
    this.#map = readMap(options.mapPath);
  }

  /** Changes whenever one of the files does. */
  fingerprint(): string {
    return `${this.#manifests.fingerprint()}\n${this.#mapFolder.fingerprint()}`;
  }

  read(): ReadWants {
    const problems: string[] = [];
    try {
      this.#map = readMap(this.#options.mapPath);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.message.split("\n"));
    }
    const manifests = this.#manifests.read();
    const plan = planWorkloads(manifests, this.#map, this.#options.programs);
    const ports = new Map([...this.#map.gatewayPorts, ...this.#options.ports]);
    const doors = planGateway(manifests, ports);
    const wanted = { pods: plan.pods, kept: plan.kept, doors };
    return { wanted, problems: [...problems, ...plan.problems] };
  }
}
