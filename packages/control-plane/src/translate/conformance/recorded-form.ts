import type { JsonValue } from "@bufbuild/protobuf";

type Fields = { readonly [key: string]: JsonValue };

/** Lists of resources by kind: `listeners`, `routes`, `clusters`, `endpoints`. */
export type ResourceLists = { readonly [kind: string]: readonly JsonValue[] };

/**
 * A recording as a list of plain resources. It was read from Envoy's config dump, where each is an Any and
 * where clusters that get no endpoints over EDS are listed with empty ones.
 */
export function fromConfigDump({ endpoints = [], ...others }: ResourceLists): ResourceLists {
  const clusters = (others.clusters ?? []).map(fieldsOf);
  const byEds = new Set(clusters.filter(({ type }) => type === "EDS").map(({ name }) => name));
  const assignments = endpoints.filter((each) => byEds.has(fieldsOf(each).cluster_name ?? null));
  return Object.fromEntries(
    Object.entries({ ...others, endpoints: assignments }).map(([kind, list]) => [
      kind,
      list.map(withoutType).map(withTypedNames),
    ]),
  );
}

function withoutType(resource: JsonValue): JsonValue {
  const { "@type": _, ...fields } = fieldsOf(resource);
  return fields;
}

/**
 * istiod names a peer in the deprecated `match_subject_alt_names`, which looks at names of every type. Weft
 * says the type as well; with it the names themselves can be compared.
 */
function withTypedNames(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withTypedNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) =>
      key === "match_subject_alt_names" && Array.isArray(each)
        ? ["match_typed_subject_alt_names", each.map(typedName)]
        : [key, withTypedNames(each)],
    ),
  );
}

function typedName(matcher: JsonValue): JsonValue {
  const { exact, prefix } = fieldsOf(matcher);
  const isSpiffeId = String(exact ?? prefix).startsWith("spiffe://");
  return { matcher, san_type: isSpiffeId ? "URI" : "DNS" };
}

function fieldsOf(value: JsonValue): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return value;
}
