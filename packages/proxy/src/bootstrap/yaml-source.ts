import type { JsonValue } from "@bufbuild/protobuf";
import { ConfigError, toError } from "@weft/core";
import { type Document, isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { JsonPath } from "../config/envoy-json.ts";

/** A configuration file, read: its value, and where in the text each part of it stands. */
export interface YamlSource {
  readonly value: JsonValue;
  /** `FILE:LINE:COLUMN` of the key at `path`, or of its nearest parent. */
  locate(path: JsonPath): string;
}

/** Reads YAML or JSON. Throws `ConfigError` with file and line. */
export function parseYamlSource(text: string, fileName: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${fileName}:${line}:${col}`;
  };
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new ConfigError("", `${place(problem.pos[0])}: ${problem.message}`);
  return {
    value: toValue(document, place(0)),
    locate: (path) => place(offsetOf(document.contents, path)),
  };
}

/** Aliases that multiply each other would fill the memory; the library stops them by throwing. */
function toValue(document: Document, start: string): JsonValue {
  try {
    return document.toJS({ maxAliasCount: 100 }) as JsonValue;
  } catch (thrown) {
    throw new ConfigError("", `${start}: ${toError(thrown).message}`, { cause: thrown });
  }
}

function offsetOf(root: unknown, path: JsonPath): number {
  let node = root;
  let offset = (root as Node | null)?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(part));
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
