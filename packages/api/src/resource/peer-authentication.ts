import { map, object, string, unchecked, word } from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

const mtls = object({ mode: word(["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]) });

/** The whole document. https://istio.io/latest/docs/reference/config/security/peer_authentication/ */
export const peerAuthentication = object({
  ...documentFields,
  spec: object({
    selector: object({ matchLabels: map(string({ format: "selector-value" })) }),
    mtls,
    portLevelMtls: map(mtls, { keyFormat: "port", minItems: 1 }),
  }),
  status: unchecked(),
});
