import type { resourceSchema, ValueOf } from "@weft/api";
import type { StringMatch } from "../../../model/string-match.ts";
import type { HttpMatch } from "../../../model/virtual-service.ts";
import { qualifyGateway } from "../host-name.ts";
import { toLabels } from "../label-map.ts";

type Written = NonNullable<ValueOf<typeof resourceSchema.httpRoute>["match"]>[number];
type WrittenStringMatch = ValueOf<typeof resourceSchema.stringMatch>;
type WrittenMap = ReadonlyMap<string, WrittenStringMatch> | undefined;

/** One of a rule's alternatives. */
export function toHttpMatch(written: Written, namespace: string): HttpMatch {
  return {
    name: written.name ?? "",
    uri: toStringMatch(written.uri),
    ignoreUriCase: written.ignoreUriCase ?? false,
    scheme: toStringMatch(written.scheme),
    method: toStringMatch(written.method),
    authority: toStringMatch(written.authority),
    headers: toMatches(written.headers, (name) => name.toLowerCase()),
    withoutHeaders: toMatches(written.withoutHeaders, (name) => name.toLowerCase()),
    queryParams: toMatches(written.queryParams, (name) => name),
    port: written.port,
    sourceLabels: toLabels(written.sourceLabels),
    sourceNamespace: written.sourceNamespace ?? "",
    gateways: (written.gateways ?? []).map((each) => qualifyGateway(each, namespace)),
  };
}

/** `undefined` when none of the three forms is written. */
export function toStringMatch(written: WrittenStringMatch | undefined): StringMatch | undefined {
  if (written?.exact !== undefined) return { kind: "exact", value: written.exact };
  if (written?.prefix !== undefined) return { kind: "prefix", value: written.prefix };
  if (written?.regex !== undefined) return { kind: "regex", value: written.regex };
  return undefined;
}

function toMatches(
  written: WrittenMap,
  spell: (name: string) => string,
): ReadonlyMap<string, StringMatch | undefined> {
  return new Map([...(written ?? [])].map(([name, match]) => [spell(name), toStringMatch(match)]));
}
