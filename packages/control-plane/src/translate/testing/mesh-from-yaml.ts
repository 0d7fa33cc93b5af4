import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { assembleMesh } from "../../ingest/assemble-mesh.ts";
import { parseFile } from "../../ingest/parse-file.ts";
import type { Mesh } from "../../model/mesh.ts";

/** For tests: the mesh of some YAML texts, by file name. Broken documents make the test fail. */
export function meshFromYaml(files: Readonly<Record<string, string>>): Mesh {
  const resources = Object.entries(files).flatMap(
    ([file, text]) => parseFile(file, text).resources,
  );
  for (const { problems } of resources) {
    for (const { severity, file, line, field, message } of problems) {
      if (severity === "error") throw new Error(`${file}:${line}: ${field}: ${message}`);
    }
  }
  return assembleMesh(resources).mesh;
}

/** For tests: the YAML files at some paths, folders included, named by the path that was given. */
export function readYaml(root: string, ...paths: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of paths) {
    const full = join(root, path);
    const names = statSync(full).isDirectory()
      ? readdirSync(full).map((name) => join(path, name))
      : [path];
    for (const name of names.sort()) files[name] = readFileSync(join(root, name), "utf8");
  }
  return files;
}

/** One running instance, as the launcher writes its Pod. */
export interface PodForTest {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  readonly isReady?: boolean;
}

/** For tests: the YAML of a Pod with a sidecar, its application on another port of 127.0.0.1. */
export function podYaml(pod: PodForTest): string {
  const { name, namespace, address, serviceAccount, labels, port, isReady = true } = pod;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      annotations: {
        "weft.dev/app-ports": JSON.stringify({ [port]: port + 30_000 }),
        "weft.dev/bind-ports": JSON.stringify({ [port]: port }),
      },
    },
    spec: {
      serviceAccountName: serviceAccount,
      containers: [{ name: "app", image: "example.com/app", ports: [{ containerPort: port }] }],
    },
    status: { podIP: address, conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  });
}
