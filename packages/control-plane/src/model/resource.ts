/**
 * The mesh as users mean it: plain readonly data, defaults filled in, durations in milliseconds, host
 * names fully qualified. No protobuf and no YAML from here on down the tree.
 */

/** The resource behind a part of the model: enough to point at the user's own line. */
export interface Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** As the user named it; empty when the resource came from elsewhere. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What every Kubernetes-like resource has. */
export interface Resource {
  readonly origin: Origin;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** `metadata.creationTimestamp`, ms since the epoch; 0 when the file has none. Older wins a tie. */
  readonly createdAtMs: number;
}

/** Label name → value. */
export type Labels = Readonly<Record<string, string>>;

/** True when every label of `selector` is on `labels`; an empty selector matches everything. */
export function matchLabels(selector: Labels, labels: Labels): boolean {
  for (const name in selector) if (labels[name] !== selector[name]) return false;
  return true;
}

/** Namespaces that see a resource: `*` all, `.` its own, or names. Empty: mesh default (all). */
export type ExportTo = readonly string[];
