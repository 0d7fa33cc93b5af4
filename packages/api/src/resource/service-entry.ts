import {
  array,
  integer,
  map,
  object,
  port,
  required,
  string,
  unchecked,
  unsupported,
  word,
} from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

const endpoint = object({
  address: required(string({ minLength: 1, maxLength: 256 })),
  ports: map(port()),
  labels: map(string()),
  network: unsupported("all workloads share one machine's network"),
  locality: string({ maxLength: 2048 }),
  weight: integer(),
  serviceAccount: string({ maxLength: 253 }),
});

/** The whole document. https://istio.io/latest/docs/reference/config/networking/service-entry/ */
export const serviceEntry = object({
  ...documentFields,
  spec: required(
    object(
      {
        hosts: required(
          array(string({ format: "host", minLength: 1 }), { minItems: 1, maxItems: 256 }),
        ),
        addresses: array(string({ format: "cidr", maxLength: 64 }), { maxItems: 256 }),
        ports: array(
          object({
            number: required(port()),
            name: required(string({ minLength: 1, maxLength: 256 })),
            protocol: string({ maxLength: 256 }),
            targetPort: port(),
          }),
          { maxItems: 256 },
        ),
        location: word(["MESH_EXTERNAL", "MESH_INTERNAL"]),
        resolution: word(["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"], ["DYNAMIC_DNS"]),
        endpoints: array(endpoint),
        workloadSelector: object({ labels: map(string({ format: "selector-value" })) }),
        subjectAltNames: array(string({ minLength: 1 })),
        exportTo: array(string({ minLength: 1 })),
      },
      { exclusive: [["endpoints", "workloadSelector"]] },
    ),
  ),
  status: unchecked(),
});
