import type { ExportTo } from "../model/resource.ts";

/** True when `namespace` sees the resource. `.` is the resource's own namespace, `~` nobody. */
export function isExportedTo(
  resource: { readonly namespace: string; readonly exportTo: ExportTo },
  namespace: string,
): boolean {
  const { exportTo } = resource;
  if (exportTo.length === 0) return true;
  return exportTo.some(
    (each) =>
      each === "*" || each === namespace || (each === "." && resource.namespace === namespace),
  );
}
