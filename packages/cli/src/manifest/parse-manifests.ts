import { isMap, LineCounter, parseAllDocuments } from "yaml";
import type {
  ContainerManifest,
  DeploymentManifest,
  GatewayManifest,
  Labels,
  Manifest,
  ServiceManifest,
  VirtualServiceManifest,
} from "./manifest.ts";

/**
 * The manifests in one file's text; `undefined` when it is not YAML at all. A document that is not
 * quite right is read as far as it goes: the control plane says what is wrong with it.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  return documents.flatMap((document) => {
    const { line, col } = lines.linePos(document.contents?.range?.[0] ?? 0);
    if (!isMap(document.contents)) return [];
    const root = tree(document.toJS());
    const items = root.kind === "List" ? list(root.items).map(tree) : [root];
    return items.flatMap((item) => readManifest(item, `${file}:${line}:${col}`));
  });
}

/** Of the template, as label (Istio's present way) or annotation (its former one). */
const INJECT = "sidecar.istio.io/inject";

type Tree = Readonly<Record<string, unknown>>;

function readManifest(root: Tree, place: string): readonly Manifest[] {
  const group = text(root.apiVersion).split("/", 1)[0];
  if (root.kind === "Deployment" && group === "apps") return [readDeployment(root, place)];
  if (root.kind === "Service" && group === "v1") return [readService(root)];
  if (group !== "networking.istio.io") return [];
  if (root.kind === "Gateway") return [readGateway(root, place)];
  if (root.kind === "VirtualService") return [readVirtualService(root)];
  return [];
}

function readDeployment(root: Tree, place: string): DeploymentManifest {
  const spec = tree(root.spec);
  const template = tree(spec.template);
  const metadata = tree(template.metadata);
  const pod = tree(template.spec);
  const labels = strings(metadata.labels);
  const annotations = strings(metadata.annotations);
  return {
    kind: "Deployment",
    ...nameOf(root),
    replicaCount: typeof spec.replicas === "number" ? Math.max(0, spec.replicas) : 1,
    labels,
    annotations,
    hasSidecar: (labels[INJECT] ?? annotations[INJECT]) !== "false",
    serviceAccount: text(pod.serviceAccountName) || text(pod.serviceAccount) || "default",
    containers: list(pod.containers).map((container) => readContainer(tree(container))),
    place,
  };
}

function readContainer(container: Tree): ContainerManifest {
  const environment = list(container.env).map(tree);
  return {
    name: text(container.name),
    image: text(container.image),
    ports: list(container.ports)
      .map(tree)
      .filter(({ protocol }) => protocol === undefined || protocol === "TCP")
      .flatMap(({ containerPort }) => port(containerPort)),
    environment: Object.fromEntries(
      environment
        .filter(({ value }) => value !== undefined)
        .map(({ name, value }) => [text(name), String(value)]),
    ),
  };
}

function readService(root: Tree): ServiceManifest {
  const spec = tree(root.spec);
  const ports = list(spec.ports).map(tree);
  return {
    kind: "Service",
    ...nameOf(root),
    selector: strings(spec.selector),
    // A target port by name stands for a container port, which the Deployment tells anyway.
    ports: ports.flatMap((entry) =>
      port(entry.port).flatMap((number) =>
        entry.targetPort === undefined
          ? [{ port: number, targetPort: number }]
          : port(entry.targetPort).map((targetPort) => ({ port: number, targetPort })),
      ),
    ),
  };
}

function readGateway(root: Tree, place: string): GatewayManifest {
  const spec = tree(root.spec);
  return {
    kind: "Gateway",
    ...nameOf(root),
    selector: strings(spec.selector),
    servers: list(spec.servers).flatMap((server) => {
      const { number, protocol } = tree(tree(server).port);
      return port(number).map((value) => ({ port: value, protocol: text(protocol) || "HTTP" }));
    }),
    place,
  };
}

function readVirtualService(root: Tree): VirtualServiceManifest {
  const spec = tree(root.spec);
  const matches = list(spec.http).flatMap((route) => list(tree(route).match).map(tree));
  return {
    kind: "VirtualService",
    ...nameOf(root),
    gateways: list(spec.gateways).map(text),
    exactPaths: matches.map(({ uri }) => text(tree(uri).exact)).filter((path) => path !== ""),
  };
}

function nameOf(root: Tree): { readonly namespace: string; readonly name: string } {
  const metadata = tree(root.metadata);
  return { namespace: text(metadata.namespace) || "default", name: text(metadata.name) };
}

function tree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Tree)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function strings(value: unknown): Labels {
  return Object.fromEntries(
    Object.entries(tree(value)).map(([key, entry]) => [key, String(entry)]),
  );
}

function port(value: unknown): readonly number[] {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? [value] : [];
}
