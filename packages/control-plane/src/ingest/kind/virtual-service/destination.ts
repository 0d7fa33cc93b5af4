import type { resourceSchema, ValueOf } from "@weft/api";
import type { Destination } from "../../../model/virtual-service.ts";
import { qualifyHost } from "../host-name.ts";

/** Short host names mean the VirtualService's own namespace. */
export function toDestination(
  written: ValueOf<typeof resourceSchema.destination>,
  namespace: string,
): Destination {
  return {
    host: qualifyHost(written.host, namespace),
    subset: written.subset ?? "",
    port: written.port?.number,
  };
}
