import type { ResourceContext } from "../../resource-kind.ts";
import type { FieldPath } from "../../yaml/field-path.ts";
import type { WrittenHttpRoute } from "./http-route.ts";

/** `%PROTOCOL%`, `%REQ(:path):20%`. */
const VARIABLE = /%[A-Z0-9_]+(?:\([^()]*\))?(?::\d+)?%/g;

const LINE_END = /[\r\n\0]/;

type Written = WrittenHttpRoute["headers"];
type Direction = "request" | "response";

/** Names that a proxy cannot change as headers: it refuses a configuration that tries. */
export function reportHeaders(
  written: Written,
  path: FieldPath,
  { report }: ResourceContext,
): void {
  for (const direction of ["request", "response"] as const) {
    reportValues(written, direction, path, report);
    for (const [change, names] of namesOf(written, direction)) {
      for (const [key, name] of names) {
        if (!isInternal(name) || (change !== "remove" && isAuthority(name, direction))) continue;
        report({
          code: "Unsupported",
          path: [...path, direction, change, key],
          message: `${JSON.stringify(name)} is a part of the ${direction} itself and cannot be changed here`,
          remedy: remedyFor(name, direction),
        });
      }
    }
  }
}

/** A proxy reads `%…%` in values, and refuses all routes for one that it cannot read. */
function reportValues(
  written: Written,
  direction: Direction,
  path: FieldPath,
  report: ResourceContext["report"],
): void {
  for (const change of ["set", "add"] as const) {
    for (const [name, value] of written?.[direction]?.[change] ?? []) {
      const rest = value.replaceAll("%%", "").replace(VARIABLE, "");
      if (!LINE_END.test(value) && !rest.includes("%")) continue;
      report({
        code: "InvalidValue",
        path: [...path, direction, change, name],
        message: LINE_END.test(value)
          ? "a header's value has one line"
          : `${JSON.stringify(value)} has a % that begins no variable like %PROTOCOL%`,
        remedy: LINE_END.test(value) ? "write it in one line" : "write %% for a percent sign",
      });
    }
  }
}

function namesOf(written: Written, direction: Direction) {
  const { set, add, remove = [] } = written?.[direction] ?? {};
  const keys = (map: ReadonlyMap<string, string> | undefined) =>
    [...(map?.keys() ?? [])].map((name) => [name, name] as const);
  return [
    ["set", keys(set)],
    ["add", keys(add)],
    ["remove", remove.map((name, index) => [index, name] as const)],
  ] as const;
}

function isInternal(name: string): boolean {
  return name.startsWith(":") || name.toLowerCase() === "host";
}

/** A request's authority may be set: it becomes a rewrite. */
function isAuthority(name: string, direction: Direction): boolean {
  return direction === "request" && [":authority", "host"].includes(name.toLowerCase());
}

function remedyFor(name: string, direction: Direction): string {
  return direction === "request" && name.toLowerCase() === ":path"
    ? "use rewrite.uri or rewrite.uriRegexRewrite"
    : "remove it";
}
