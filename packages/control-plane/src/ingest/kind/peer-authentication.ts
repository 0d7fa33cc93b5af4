import { resourceSchema } from "@weft/api";
import type { MtlsMode, PeerAuthentication } from "../../model/peer-authentication.ts";
import { defineKind } from "../resource-kind.ts";

/** security.istio.io PeerAuthentication. */
export const peerAuthenticationKind = defineKind({
  group: "security.istio.io",
  versions: ["v1", "v1beta1"],
  kind: "PeerAuthentication",
  schema: resourceSchema.peerAuthentication,
  parse({ spec }, { resource, report }) {
    const labels = spec?.selector?.matchLabels;
    const selector = labels === undefined || labels.size === 0 ? undefined : labels;
    if (spec?.portLevelMtls !== undefined && selector === undefined) {
      report({
        code: "MissingField",
        path: ["spec", "selector"],
        message: "portLevelMtls requires selector",
        remedy: "add spec.selector.matchLabels, or remove spec.portLevelMtls",
      });
    }
    const policy: PeerAuthentication = {
      ...resource,
      selector: selector && Object.fromEntries(selector),
      mode: toMode(spec?.mtls?.mode),
      portLevelMtls: new Map(
        [...(spec?.portLevelMtls ?? [])].map(([port, { mode }]) => [Number(port), toMode(mode)]),
      ),
    };
    return { peerAuthentications: [policy] };
  },
});

function toMode(written: MtlsMode | "UNSET" | undefined): MtlsMode | undefined {
  return written === "UNSET" ? undefined : written;
}
