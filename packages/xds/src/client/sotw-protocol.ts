import { create } from "@bufbuild/protobuf";
import { AggregatedDiscoveryService } from "@weft/api/envoy/service/discovery/v3/ads_pb.js";
import {
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
} from "@weft/api/envoy/service/discovery/v3/discovery_pb.js";
import { StatusSchema } from "@weft/api/google/rpc/status_pb.js";
import { toMethodDefinition } from "../grpc/service-definition.ts";
import { resourceTypeOf } from "../resource-type.ts";
import { resourceVersion, type XdsResource } from "../xds-resource.ts";
import { checkResources } from "./check-resources.ts";
import type { ClientProtocol } from "./client-protocol.ts";
import { resourceName } from "./resource-name.ts";
import type { SubscribedType, WantedNames } from "./subscribed-type.ts";

/** google.rpc.Code INVALID_ARGUMENT, which Envoy sends for each refusal. */
const INVALID_ARGUMENT = 3;

/**
 * The state-of-the-world variant: each request is the whole subscription. What changed is found
 * here, by comparing resources with those accepted before.
 */
export const sotwProtocol: ClientProtocol<DiscoveryRequest, DiscoveryResponse> = {
  method: toMethodDefinition(AggregatedDiscoveryService.method.streamAggregatedResources),

  subscribe(type) {
    const { wanted, requested } = type;
    // No names at all, as the first word, would mean "everything".
    if (requested === undefined && wanted !== "*" && wanted.size === 0) return undefined;
    if (requested !== undefined && isSame(requested, wanted)) return undefined;
    type.requested = wanted;
    return buildRequest(type);
  },

  read(type, response) {
    const received = response.resources.map(({ typeUrl, value }) => {
      return { name: resourceName(value), typeUrl, bytes: value };
    });
    checkResources(type.typeUrl, received);
    const resources = received.map(({ name, bytes }): XdsResource => {
      return { name, version: resourceVersion(bytes), bytes };
    });
    const changed = resources.filter(
      ({ name, version }) => type.wants(name) && type.accepted.get(name) !== version,
    );
    const { typeUrl } = type;
    const isFullState = resourceTypeOf(typeUrl)?.isFullState === true;
    const present = new Set(resources.map(({ name }) => name));
    const removed = isFullState
      ? [...type.accepted.keys()].filter((name) => !present.has(name))
      : [];
    return { typeUrl, version: response.versionInfo, changed, removed };
  },

  answer(type, errorMessage) {
    const request = buildRequest(type);
    if (errorMessage !== undefined) {
      request.errorDetail = create(StatusSchema, { code: INVALID_ARGUMENT, message: errorMessage });
    }
    return request;
  },
};

function buildRequest(type: SubscribedType): DiscoveryRequest {
  const requested = type.requested ?? type.wanted;
  const { typeUrl, acceptedVersion, nonce } = type;
  const isSilent = requested === "*" && resourceTypeOf(typeUrl)?.isFullState === true;
  return create(DiscoveryRequestSchema, {
    typeUrl,
    versionInfo: acceptedVersion,
    responseNonce: nonce,
    resourceNames: isSilent ? [] : [...requested],
  });
}

function isSame(one: WantedNames, other: WantedNames): boolean {
  if (one === "*" || other === "*") return one === other;
  return one.size === other.size && [...one].every((name) => other.has(name));
}
