import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** Something to fix in weft.yaml. */
export interface MapProblem {
  /** `weft.yaml:12:5`. */
  readonly place: string;
  /** CamelCase and stable: `UnknownField`, `MissingCommand`. */
  readonly code: string;
  readonly message: string;
}

/** `weft.yaml:12:5: error UnknownField workloads[0].imgae: …`. */
export function formatMapProblem({ place, code, message }: MapProblem): string {
  return `${place}: error ${code} ${message}`;
}

type Node = Document["contents"];

/**
 * Reads one YAML document field by field and collects what is wrong with it, each with its line and
 * column. An absent (`undefined`) or wrong node reads as empty, so that one mistake is told once.
 */
export class MapReader {
  readonly root: Node;
  readonly problems: MapProblem[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();

  constructor(text: string, file: string) {
    this.#file = file;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const error of document.errors) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      const message = error.message.split("\n", 1)[0] ?? "";
      this.problems.push({ place: `${file}:${line}:${col}`, code: "InvalidYaml", message });
    }
    this.root = document.errors.length === 0 ? document.contents : null;
  }

  report(node: Node | undefined, code: string, field: string, rule: string): void {
    const message = field === "" ? rule : `${field}: ${rule}`;
    this.problems.push({ place: this.place(node), code, message });
  }

  place(node: Node | undefined): string {
    const offset = node?.range?.[0] ?? 0;
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  /** The values of a mapping that has none but the `known` keys. */
  object<Key extends string>(
    node: Node | undefined,
    field: string,
    known: readonly Key[],
  ): Partial<Record<Key, Node>> | undefined {
    if (isAbsent(node)) return undefined;
    if (!isMap(node)) {
      this.report(node, "WrongType", field, `must be a mapping of ${known.join(", ")}`);
      return undefined;
    }
    const values: Partial<Record<string, Node>> = {};
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if ((known as readonly string[]).includes(name)) values[name] = value as Node;
      else {
        const path = field === "" ? name : `${field}.${name}`;
        this.report(key as Node, "UnknownField", path, `unknown field; known: ${known.join(", ")}`);
      }
    }
    return values as Partial<Record<Key, Node>>;
  }

  list(node: Node | undefined, field: string): readonly Node[] {
    if (isAbsent(node)) return [];
    if (isSeq(node)) return node.items as Node[];
    this.report(node, "WrongType", field, "must be a list");
    return [];
  }

  /** A list of strings; a single one may stand without brackets. */
  strings(node: Node | undefined, field: string): readonly string[] {
    if (isAbsent(node)) return [];
    const nodes = isScalar(node) ? [node] : this.list(node, field);
    return nodes.flatMap((item) => {
      if (isScalar(item) && item.value !== null) return [String(item.value)];
      this.report(item, "WrongType", field, "must hold strings only");
      return [];
    });
  }

  /** Name → value as text, of a mapping with names of the user's choice. */
  scalars(node: Node | undefined, field: string): readonly (readonly [string, string])[] {
    if (isAbsent(node)) return [];
    if (!isMap(node)) {
      this.report(node, "WrongType", field, "must be a mapping");
      return [];
    }
    return node.items.flatMap(({ key, value }) => {
      const name = String(isScalar(key) ? key.value : key);
      if (isScalar(value) && value.value !== null) return [[name, String(value.value)] as const];
      this.report(value as Node, "WrongType", `${field}.${name}`, "must be a plain value");
      return [];
    });
  }

  oneOf<Value extends string>(
    node: Node | undefined,
    field: string,
    allowed: readonly Value[],
  ): Value | undefined {
    if (isAbsent(node)) return undefined;
    const found = allowed.find((value) => isScalar(node) && node.value === value);
    if (found === undefined) {
      this.report(node, "WrongValue", field, `must be one of ${allowed.join(", ")}`);
    }
    return found;
  }
}

function isAbsent(node: Node | undefined): node is null | undefined {
  return node === undefined || node === null || (isScalar(node) && node.value === null);
}
