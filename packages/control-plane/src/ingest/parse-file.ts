import { isScalar, isSeq } from "yaml";
import type { Problem } from "../model/problem.ts";
import type { ResourceContent } from "./resource-kind.ts";
import { DEFAULT_NAMESPACE } from "./resource-kind.ts";
import { findResourceKind } from "./resource-kinds.ts";
import { type Position, SourceDocument } from "./yaml/source-document.ts";
import { type DocumentText, splitDocuments } from "./yaml/split-documents.ts";

/** Larger files are not read. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** A document (or an item of a List), as far as it could be read. */
export interface ParsedResource {
  /** `group/kind namespace/name`; `undefined` when the document does not tell. */
  readonly id: string | undefined;
  /** `undefined`: it has an error, or it does not concern the mesh. */
  readonly content: ResourceContent | undefined;
  /** Has an error: an earlier version goes on serving. */
  readonly isBroken: boolean;
  readonly document: SourceDocument | undefined;
  readonly problems: readonly Problem[];
}

/** A file's documents. */
export interface ParsedFile {
  readonly file: string;
  readonly resources: readonly ParsedResource[];
  /** Text and line of each document → what was read from it, to be reused while neither changes. */
  readonly byText: ReadonlyMap<string, readonly ParsedResource[]>;
}

/** Reads a file's text. Documents that `previous` has at the same lines are the same objects again. */
export function parseFile(file: string, text: string, previous?: ParsedFile): ParsedFile {
  const byText = new Map<string, readonly ParsedResource[]>();
  const resources: ParsedResource[] = [];
  for (const document of splitDocuments(text)) {
    const key = `${document.firstLine}\n${document.text}`;
    const parsed = previous?.byText.get(key) ?? parseDocumentText(file, document);
    byText.set(key, parsed);
    resources.push(...parsed);
  }
  return { file, resources, byText };
}

function parseDocumentText(file: string, { text, firstLine }: DocumentText): ParsedResource[] {
  const place = ({ line, column }: Position) => ({ line: line + firstLine - 1, column });
  let document: SourceDocument;
  try {
    document = SourceDocument.parse(file, text, place);
  } catch (error: unknown) {
    // The YAML parser is recursive: only a text that nests thousands deep gets here.
    const message = error instanceof RangeError ? "it nests too deep" : String(error);
    return [broken(undefined, undefined, [atTop(file, firstLine, message)])];
  }
  if (document.syntaxProblems.length > 0) {
    return [broken(readId(document), document, document.syntaxProblems)];
  }
  if (document.root === undefined) return [];
  return readText(document, ["kind"]) === "List" ? parseList(document) : [parseResource(document)];
}

/** `kubectl get -o yaml` wraps what it prints in a List. */
function parseList(document: SourceDocument): ParsedResource[] {
  const items = document.nodeAt(["items"]);
  if (isSeq(items)) {
    return items.items.map((_, index) => parseResource(document.part(["items", index])));
  }
  const problem = document.problem({
    code: "MissingField",
    path: ["items"],
    message: "a List needs items",
    remedy: "add items: []",
  });
  return [broken(undefined, document, [problem])];
}

function parseResource(document: SourceDocument): ParsedResource {
  const id = readId(document);
  const apiVersion = readText(document, ["apiVersion"]);
  const kind = readText(document, ["kind"]);
  if (apiVersion === undefined || kind === undefined) {
    const missing = apiVersion === undefined ? "apiVersion" : "kind";
    const problem = document.problem({
      code: "InvalidDocument",
      path: [missing],
      message: "every document needs apiVersion, kind and metadata.name",
      remedy: "add it, like apiVersion: networking.istio.io/v1 and kind: VirtualService",
    });
    return broken(id, document, [problem]);
  }
  const lookup = findResourceKind(apiVersion, kind);
  if (lookup.kind === undefined) {
    const { severity, code, field, message, remedy } = lookup;
    const problem = document.problem({ severity, code, path: [field], message, remedy });
    const isBroken = severity === "error";
    return { id, content: undefined, isBroken, document, problems: [problem] };
  }
  const { content, problems } = lookup.kind.read(document);
  return { id, content, isBroken: content === undefined, document, problems };
}

function broken(
  id: string | undefined,
  document: SourceDocument | undefined,
  problems: readonly Problem[],
): ParsedResource {
  return { id, content: undefined, isBroken: true, document, problems };
}

/** Also of a document with problems, as far as its own text tells. */
function readId(document: SourceDocument): string | undefined {
  const kind = readText(document, ["kind"]);
  const name = readText(document, ["metadata", "name"]);
  if (kind === undefined || name === undefined) return undefined;
  const group = readText(document, ["apiVersion"])?.split("/").slice(0, -1).join("/") ?? "";
  const namespace = readText(document, ["metadata", "namespace"]) ?? DEFAULT_NAMESPACE;
  return `${group === "" ? "" : `${group}/`}${kind} ${namespace}/${name}`;
}

function readText(document: SourceDocument, path: readonly string[]): string | undefined {
  const node = document.nodeAt(path);
  return isScalar(node) && typeof node.value === "string" && node.value !== ""
    ? node.value
    : undefined;
}

function atTop(file: string, line: number, message: string): Problem {
  const code = "InvalidYaml";
  return { severity: "error", code, file, line, column: 1, field: "", message, remedy: "" };
}
