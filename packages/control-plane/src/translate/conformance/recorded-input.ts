import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseAllDocuments, type YAMLMap } from "yaml";
import type { Mesh } from "../../model/mesh.ts";
import { meshFromYaml } from "../testing/mesh-from-yaml.ts";
import { fromConfigDump, type ResourceLists } from "./recorded-form.ts";

/** Where the recordings lie; they are not part of this repository. */
const DATA =
  process.env.WEFT_CONFORMANCE_DATA ??
  join(import.meta.dirname, "../../../../../../shared/conformance");

/** True when the recordings are there. */
export const HAS_RECORDINGS = existsSync(join(DATA, "istiod"));

/** One folder of recordings. */
export interface RecordedCase {
  readonly name: string;
  /** Files of Istio's samples that were applied, in order; of two resources with one name the later counts. */
  readonly samples: readonly string[];
  /** Whether the folder has an `input.yaml` of its own. */
  readonly hasInput: boolean;
}

/** What Weft refuses at ingest is taken out of `input.yaml` before it is read, by kind and path. */
const NOT_IMPLEMENTED: readonly (readonly [kind: string, ...path: string[]])[] = [
  ["DestinationRule", "spec", "trafficPolicy", "loadBalancer"],
  ["DestinationRule", "spec", "trafficPolicy", "retryBudget"],
  ["Gateway", "spec", "servers", "0", "tls", "credentialName"],
  ["Sidecar"],
  ["Telemetry"],
  ["RequestAuthentication"],
  ["AuthorizationPolicy"],
];

/** The mesh that a recording was made of. */
export function recordedMesh({ name, samples, hasInput }: RecordedCase): Mesh {
  const files: Record<string, string> = { "cluster-state.json": read(name, "cluster-state.json") };
  const byId = new Map<string, string>();
  for (const sample of samples) {
    const file = join(DATA, "istio/samples/bookinfo/networking", sample);
    for (const text of documentsOf(readFileSync(file, "utf8"))) byId.set(idOf(text), text);
  }
  if (hasInput)
    for (const text of documentsOf(read(name, "input.yaml"))) byId.set(idOf(text), text);
  for (const [id, text] of byId) files[id] = text;
  return meshFromYaml(files);
}

/** What istiod sent for it. */
export function recordedResources(name: string, proxy: string): ResourceLists {
  return fromConfigDump(JSON.parse(read(name, `${proxy}.json`)) as ResourceLists);
}

function read(name: string, file: string): string {
  return readFileSync(join(DATA, "istiod", name, file), "utf8");
}

/** Each document by itself, without what is not implemented, in the recording's namespace. */
function documentsOf(text: string): string[] {
  return parseAllDocuments(text).flatMap((document) => {
    const root: unknown = document.contents;
    if (!isMap(root)) return [];
    for (const [kind, ...path] of NOT_IMPLEMENTED) {
      if (root.get("kind") !== kind) continue;
      if (path.length === 0) return [];
      if (document.hasIn(path)) document.deleteIn(path);
    }
    if (root.get("kind") === "Gateway") addCertificateFiles(root);
    if (!document.hasIn(["metadata", "namespace"])) {
      document.setIn(["metadata", "namespace"], "bookinfo");
    }
    return [String(document)];
  });
}

/** In place of the Kubernetes Secret that a `credentialName` means. */
function addCertificateFiles(gateway: YAMLMap): void {
  const tls = ["spec", "servers", "0", "tls"];
  if (gateway.getIn([...tls, "mode"]) !== "SIMPLE") return;
  gateway.setIn([...tls, "serverCertificate"], "/certs/bookinfo.pem");
  gateway.setIn([...tls, "privateKey"], "/certs/bookinfo-key.pem");
}

function idOf(text: string): string {
  const [document] = parseAllDocuments(text);
  const root = document?.contents;
  if (!isMap(root)) return text;
  return `${root.get("kind")}-${root.getIn(["metadata", "namespace"])}-${root.getIn(["metadata", "name"])}.yaml`;
}
