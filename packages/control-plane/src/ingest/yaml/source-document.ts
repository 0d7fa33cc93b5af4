import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import type { Problem } from "../../model/problem.ts";
import type { ProblemCode } from "../problem-code.ts";
import { type FieldPath, formatFieldPath } from "./field-path.ts";

/** A place in a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a problem says, without its place. */
export interface Finding {
  readonly severity?: "error" | "warning";
  readonly code: ProblemCode;
  readonly path: FieldPath;
  readonly message: string;
  readonly remedy?: string;
}

/** One YAML document whose every value knows where it stands in the file. */
export class SourceDocument {
  /** As the user named it. */
  readonly file: string;
  /** `undefined`: empty. */
  readonly root: Node | undefined;
  /** What the YAML parser disliked; with any of them {@link root} is not to be relied on. */
  readonly syntaxProblems: readonly Problem[];
  /** Steps from the YAML document's root to {@link root}: `items[2]` of a List. */
  readonly #prefix: FieldPath;
  readonly #document: Document;
  readonly #place: (offset: number) => Position;

  private constructor(
    file: string,
    document: Document,
    place: (offset: number) => Position,
    root: Node | undefined,
    prefix: FieldPath,
  ) {
    this.file = file;
    this.#document = document;
    this.#place = place;
    this.root = root;
    this.#prefix = prefix;
    this.syntaxProblems = document.errors.map((error) =>
      this.problemAt(place(error.pos[0]), {
        code: error.code === "DUPLICATE_KEY" ? "DuplicateKey" : "InvalidYaml",
        path: [],
        message: lowerFirst(error.message),
        remedy: error.code === "DUPLICATE_KEY" ? "remove one of them" : "",
      }),
    );
  }

  /**
   * Reads one document; what is not YAML is in {@link syntaxProblems}. `toFilePosition` carries a
   * position of `text` over to the file; `prefix` is the way to a text within another document. Throws
   * `RangeError` when the text nests too deep to be read.
   */
  static parse(
    file: string,
    text: string,
    toFilePosition: (inText: Position) => Position,
    prefix: FieldPath = [],
  ): SourceDocument {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, {
      lineCounter,
      keepSourceTokens: true,
      prettyErrors: false,
      uniqueKeys: true,
    });
    const place = (offset: number) => {
      const { line, col } = lineCounter.linePos(offset);
      return toFilePosition({ line: Math.max(1, line), column: Math.max(1, col) });
    };
    return new SourceDocument(file, document, place, document.contents ?? undefined, prefix);
  }

  /** The part below `path` as a document of its own. */
  part(path: FieldPath): SourceDocument {
    const prefix = [...this.#prefix, ...path];
    return new SourceDocument(this.file, this.#document, this.#place, this.nodeAt(path), prefix);
  }

  /** The node an alias stands for, or the node itself. */
  resolve(node: Node | null | undefined): Node | undefined {
    return (isAlias(node) ? node.resolve(this.#document) : node) ?? undefined;
  }

  /** Where a node begins; the document's first line when it has no place. */
  position(node: Node | null | undefined): Position {
    return this.#place(node?.range?.[0] ?? 0);
  }

  /** Where the value at `path` begins; of what is not there, its nearest parent. */
  positionOf(path: FieldPath): Position {
    let node = this.resolve(this.root);
    let found = node;
    for (const step of path) {
      node = this.#child(node, step);
      if (node === undefined) break;
      found = node;
    }
    return this.position(found);
  }

  /** The value at `path`; `undefined` when it is not there. */
  nodeAt(path: FieldPath): Node | undefined {
    let node = this.resolve(this.root);
    for (const step of path) node = this.#child(node, step);
    return node;
  }

  /** True when both say the same, whatever the layout, comments and order of keys. */
  saysSame(other: SourceDocument): boolean {
    try {
      return isDeepStrictEqual(
        this.root?.toJS(this.#document, { maxAliasCount: 100 }),
        other.root?.toJS(other.#document, { maxAliasCount: 100 }),
      );
    } catch {
      return false; // Too many aliases to compare.
    }
  }

  /** The finding, at the place of the value it is about. */
  problem(finding: Finding): Problem {
    return this.problemAt(this.positionOf(finding.path), finding);
  }

  /** The finding, at a place the caller knows better. */
  problemAt(position: Position, finding: Finding): Problem {
    const { severity = "error", code, path, message, remedy = "" } = finding;
    return {
      severity,
      code,
      file: this.file,
      ...position,
      field: formatFieldPath([...this.#prefix, ...path]),
      message,
      remedy,
    };
  }

  #child(node: Node | undefined, step: string | number): Node | undefined {
    if (isSeq(node) && typeof step === "number") return this.resolve(node.items[step] as Node);
    if (!isMap(node)) return undefined;
    const pair = node.items.find((each) => keyText(each) === step);
    return this.resolve(pair?.value as Node | null | undefined);
  }
}

/** A mapping's key as JSON would have it; `undefined` for a key that is itself a list or mapping. */
export function keyText(pair: Pair): string | undefined {
  const { key } = pair;
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
