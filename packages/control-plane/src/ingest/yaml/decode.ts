import type { Schema, ValueOf } from "@weft/api";
import { isAlias, type Node } from "yaml";
import type { Problem } from "../../model/problem.ts";
import { decodeArray, decodeMap, decodeObject } from "./decode-collection.ts";
import { decodeScalar } from "./decode-scalar.ts";
import type { FieldPath } from "./field-path.ts";
import type { Finding, SourceDocument } from "./source-document.ts";

/** Aliases let a short text stand for an endless tree, so what is visited counts, not what is written. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 64;

/** A value that fits the schema, or why there is none. */
export interface Decoded<Value> {
  /** `undefined` when there is an error. */
  readonly value: Value | undefined;
  readonly problems: readonly Problem[];
}

/** Walks schema and YAML side by side, and reports everything that does not fit. */
export function decode<Form extends Schema>(
  schema: Form,
  document: SourceDocument,
): Decoded<ValueOf<Form>> {
  const decoder = new Decoder(document);
  const value = decoder.decode(schema, document.root, []);
  const hasError = decoder.problems.some(({ severity }) => severity === "error");
  return {
    value: hasError ? undefined : (value as ValueOf<Form>),
    problems: decoder.problems,
  };
}

/** One walk: what was found, and how much is left of the limits. */
export class Decoder {
  readonly document: SourceDocument;
  readonly problems: Problem[] = [];
  #visited = 0;

  constructor(document: SourceDocument) {
    this.document = document;
  }

  /** The value of `node`; `undefined` after a problem was reported. */
  decode(schema: Schema, written: Node | null | undefined, path: FieldPath): unknown {
    this.#visited += 1;
    if (this.#visited > MAX_NODES || path.length > MAX_DEPTH) {
      if (this.#visited <= MAX_NODES + 1) this.#reportSize(written, path);
      this.#visited = MAX_NODES + 2;
      return undefined;
    }
    const node = this.document.resolve(written);
    if (isAlias(written) && node === undefined) {
      const message = `nothing has the anchor &${written.source}`;
      return this.report(written, {
        code: "InvalidYaml",
        path,
        message,
        remedy: "correct the name",
      });
    }
    switch (schema.kind) {
      case "object":
        return decodeObject(this, schema, node, path);
      case "array":
        return decodeArray(this, schema, node, path);
      case "map":
        return decodeMap(this, schema, node, path);
      case "unchecked":
        return undefined;
      case "unsupported":
        return this.report(node, {
          code: "Unsupported",
          path,
          message: "Istio knows this field, Weft does not implement it yet",
          remedy: schema.instead === "" ? "leave it out" : schema.instead,
        });
      default:
        return decodeScalar(this, schema, node, path);
    }
  }

  /** Notes a problem at `node`; returns `undefined` so that callers can return it. */
  report(node: Node | null | undefined, finding: Finding): undefined {
    const position =
      node?.range == null ? this.document.positionOf(finding.path) : this.document.position(node);
    this.problems.push(this.document.problemAt(position, finding));
    return undefined;
  }

  #reportSize(node: Node | null | undefined, path: FieldPath): void {
    this.report(node, {
      code: "TooLarge",
      path,
      message: `the document has more than ${MAX_NODES} values or nests deeper than ${MAX_DEPTH}`,
      remedy: "write several documents, and fewer aliases",
    });
  }
}
