import {
  array,
  boolean,
  map,
  object,
  port,
  portOrName,
  required,
  string,
  unchecked,
  uncheckedFields,
  unsupported,
  word,
} from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

/** Kubernetes core/v1 Service. */
export const service = object({
  ...documentFields,
  spec: required(
    object({
      clusterIP: string(),
      clusterIPs: array(string()),
      selector: map(string()),
      ports: array(
        object({
          name: string({ format: "label" }),
          port: required(port()),
          targetPort: portOrName(),
          protocol: word(["TCP", "UDP", "SCTP"]),
          appProtocol: string(),
          nodePort: unchecked(),
        }),
      ),
      type: word(["ClusterIP", "NodePort", "LoadBalancer"], ["ExternalName"]),
      publishNotReadyAddresses: boolean(),
      externalName: unsupported("write a ServiceEntry with resolution: DNS"),
      ...uncheckedFields(
        "allocateLoadBalancerNodePorts",
        "externalIPs",
        "externalTrafficPolicy",
        "healthCheckNodePort",
        "internalTrafficPolicy",
        "ipFamilies",
        "ipFamilyPolicy",
        "loadBalancerClass",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
        "sessionAffinity",
        "sessionAffinityConfig",
        "trafficDistribution",
      ),
    }),
  ),
  status: unchecked(),
});
