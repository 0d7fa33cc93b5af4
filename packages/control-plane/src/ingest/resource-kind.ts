import type { ObjectSchema, ValueOf } from "@weft/api";
import type { Deployment } from "../model/deployment.ts";
import type { DestinationRule } from "../model/destination-rule.ts";
import type { Gateway } from "../model/gateway.ts";
import type { MeshConfig } from "../model/mesh-config.ts";
import type { PeerAuthentication } from "../model/peer-authentication.ts";
import type { Problem } from "../model/problem.ts";
import type { Origin, Resource } from "../model/resource.ts";
import type { Service } from "../model/service.ts";
import type { VirtualService } from "../model/virtual-service.ts";
import type { Workload } from "../model/workload.ts";
import { decode } from "./yaml/decode.ts";
import type { FieldPath } from "./yaml/field-path.ts";
import type { Finding, SourceDocument } from "./yaml/source-document.ts";

/** What one document adds to the mesh. */
export interface ResourceContent {
  readonly services?: readonly Service[];
  readonly workloads?: readonly Workload[];
  readonly virtualServices?: readonly VirtualService[];
  readonly destinationRules?: readonly DestinationRule[];
  readonly gateways?: readonly Gateway[];
  readonly peerAuthentications?: readonly PeerAuthentication[];
  readonly deployments?: readonly Deployment[];
  readonly meshConfig?: MeshConfig;
}

/** What a kind's parser may ask and tell while it makes the model of a document that fits its schema. */
export interface ResourceContext {
  readonly document: SourceDocument;
  /** The part every resource has. */
  readonly resource: Resource;
  /** Of a part of the resource, at the line it starts on. */
  originAt(path: FieldPath): Origin;
  /** A rule that no schema can tell. With an error the resource is not used. */
  report(finding: Finding): void;
  /** As {@link report}, found in a document within this one. */
  reportProblems(problems: readonly Problem[]): void;
}

/** A kind of document: where it comes from, its form, and the way into the model. */
export interface ResourceKind {
  readonly group: string;
  readonly versions: readonly string[];
  readonly kind: string;
  read(document: SourceDocument): {
    readonly content: ResourceContent | undefined;
    readonly problems: readonly Problem[];
  };
}

/** Fields of `metadata` that matter to every kind. */
interface ReadMetadata {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly labels: ReadonlyMap<string, string> | undefined;
  readonly creationTimestamp: string | undefined;
}

/** Ties a schema to the function that makes the model of what fits it. */
export function defineKind<Form extends ObjectSchema>(definition: {
  readonly group: string;
  readonly versions: readonly string[];
  readonly kind: string;
  readonly schema: Form;
  readonly parse: (value: ValueOf<Form>, context: ResourceContext) => ResourceContent;
}): ResourceKind {
  const { group, versions, kind, schema, parse } = definition;
  return {
    group,
    versions,
    kind,
    read(document) {
      const { value, problems } = decode(schema, document);
      if (value === undefined) return { content: undefined, problems };
      const { metadata } = value as { readonly metadata: ReadMetadata };
      const found = [...problems];
      const context = createContext(document, kind, metadata, found);
      const content = parse(value, context);
      const isSound = found.every(({ severity }) => severity !== "error");
      return { content: isSound ? content : undefined, problems: found };
    },
  };
}

/** Where resources without `metadata.namespace` are. */
export const DEFAULT_NAMESPACE = "default";

function createContext(
  document: SourceDocument,
  kind: string,
  metadata: ReadMetadata,
  found: Problem[],
): ResourceContext {
  const { name, namespace = DEFAULT_NAMESPACE, labels, creationTimestamp } = metadata;
  const originAt = (path: FieldPath): Origin => {
    const { line } = document.positionOf(path);
    return { kind, namespace, name, file: document.file, line };
  };
  return {
    document,
    resource: {
      origin: originAt([]),
      namespace,
      name,
      labels: Object.fromEntries(labels ?? []),
      createdAtMs: creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp),
    },
    originAt,
    report: (finding) => found.push(document.problem(finding)),
    reportProblems: (problems) => found.push(...problems),
  };
}
