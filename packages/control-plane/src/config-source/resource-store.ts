import { type AssembledMesh, assembleMesh, checkMesh } from "../ingest/assemble-mesh.ts";
import { type ParsedFile, type ParsedResource, parseFile } from "../ingest/parse-file.ts";
import type { Problem } from "../model/problem.ts";

/** Everything files say at one moment. */
export interface MeshReading extends AssembledMesh {
  /** All that is wrong now, file by file. */
  readonly problems: readonly Problem[];
}

interface StoredFile {
  readonly parsed: ParsedFile | undefined;
  /** Id → the latest version without an error of its own. */
  readonly latest: ReadonlyMap<string, ParsedResource>;
  readonly problems: readonly Problem[];
}

/**
 * What is known of each file. Fail static: a document with an error leaves its last good version in
 * place, and a resource goes only when its document is gone from a well-formed file, or the file is.
 *
 * Two stages, since some errors show only beside other resources (a route to a subset that nobody
 * defines): a version that has such an error is tried again at each reading, and its last good
 * version serves meanwhile.
 */
export class ResourceStore {
  readonly #files = new Map<string, StoredFile>();
  #served: ReadonlyMap<string, ParsedResource> = new Map();

  /** Takes a file's text. */
  put(file: string, text: string): void {
    const stored = this.#files.get(file);
    const parsed = parseFile(file, text, stored?.parsed);
    this.#files.set(file, merge(parsed, stored?.latest ?? new Map()));
  }

  /** The file is there but cannot be used; what it said before stays. */
  fail(file: string, problem: Problem): void {
    const stored = this.#files.get(file);
    this.#files.set(file, {
      parsed: stored?.parsed,
      latest: stored?.latest ?? new Map(),
      problems: [problem],
    });
  }

  /** The file is gone, and its resources with it. */
  delete(file: string): void {
    this.#files.delete(file);
  }

  /** The mesh to serve; `files` in the order in which the first of two equal resources wins. */
  read(files: readonly string[]): MeshReading {
    const latest = new Map<string, ParsedResource>();
    const problems: Problem[] = [];
    for (const file of files) {
      const stored = this.#files.get(file);
      problems.push(...(stored?.problems ?? []));
      for (const [id, resource] of stored?.latest ?? []) {
        const first = latest.get(id);
        if (first === undefined) latest.set(id, resource);
        else problems.push(...reportDuplicate(id, resource, first));
      }
    }
    const candidates = [...latest.values()];
    const assembled = assembleMesh(candidates);
    const crossProblems = checkMesh(candidates, assembled);
    problems.push(...crossProblems.map(({ problem }) => problem));

    const refused = new Set(
      crossProblems.flatMap(({ resource, problem }) =>
        problem.severity === "error" ? [resource] : [],
      ),
    );
    const { served, hasFallback } = chooseServed(latest, refused, this.#served);
    this.#served = served;
    const reading = hasFallback ? assembleMesh([...served.values()]) : assembled;
    return { ...reading, problems: sortProblems(problems, files) };
  }
}

/** Refused resources give way to the version that served before; without one they serve as they are. */
function chooseServed(
  latest: ReadonlyMap<string, ParsedResource>,
  refused: ReadonlySet<ParsedResource>,
  before: ReadonlyMap<string, ParsedResource>,
): { readonly served: ReadonlyMap<string, ParsedResource>; readonly hasFallback: boolean } {
  const served = new Map<string, ParsedResource>();
  let hasFallback = false;
  for (const [id, resource] of latest) {
    const fallback = refused.has(resource) ? before.get(id) : undefined;
    if (fallback !== undefined && fallback !== resource) hasFallback = true;
    served.set(id, fallback ?? resource);
  }
  return { served, hasFallback };
}

function merge(parsed: ParsedFile, before: ReadonlyMap<string, ParsedResource>): StoredFile {
  const latest = new Map<string, ParsedResource>();
  const problems: Problem[] = [];
  let isWellFormed = true;
  for (const resource of parsed.resources) {
    const { id, document } = resource;
    problems.push(...resource.problems);
    if (id === undefined || document === undefined || document.syntaxProblems.length > 0) {
      isWellFormed = false;
    }
    if (id === undefined) continue;
    const version = resource.isBroken ? before.get(id) : resource;
    const first = latest.get(id);
    if (first !== undefined && !resource.isBroken) {
      problems.push(...reportDuplicate(id, resource, first));
    } else if (first === undefined && version !== undefined) {
      latest.set(id, version);
    }
  }
  // A document that could not be told apart may be any of those that are missing now.
  if (!isWellFormed) {
    for (const [id, resource] of before) if (!latest.has(id)) latest.set(id, resource);
  }
  return { parsed, latest, problems };
}

function reportDuplicate(
  id: string,
  { document }: ParsedResource,
  first: ParsedResource,
): readonly Problem[] {
  if (document === undefined) return [];
  const { line = 1, column = 1 } = first.document?.positionOf(["metadata", "name"]) ?? {};
  const isSame = first.document?.saysSame(document) === true;
  return [
    document.problem({
      severity: isSame ? "warning" : "error",
      code: "DuplicateResource",
      path: ["metadata", "name"],
      message: `${id} is in ${first.document?.file ?? ""}:${line}:${column} already, which counts`,
      remedy: "remove one of them, or give it another name",
    }),
  ];
}

/** File by file in their order, top to bottom. */
function sortProblems(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = ({ file }: Problem) => order.get(file) ?? -1;
  return problems.toSorted(
    (left, right) =>
      rank(left) - rank(right) || left.line - right.line || left.column - right.column,
  );
}
