import { create } from "@bufbuild/protobuf";
import { AggregatedDiscoveryService } from "@weft/api/envoy/service/discovery/v3/ads_pb.js";
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
} from "@weft/api/envoy/service/discovery/v3/discovery_pb.js";
import { toMethodDefinition } from "../grpc/service-definition.ts";
import { resourceTypeOf } from "../resource-type.ts";
import { checkResources } from "./check-resources.ts";
import type { ClientProtocol } from "./client-protocol.ts";
import type { SubscribedType, WantedNames } from "./subscribed-type.ts";

const WILDCARD = "*";
/** google.rpc.Code INVALID_ARGUMENT, which Envoy sends for each refusal. */
const INVALID_ARGUMENT = 3;

/** The incremental variant: subscriptions and responses are differences. */
export const deltaProtocol: ClientProtocol<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = {
  method: toMethodDefinition(AggregatedDiscoveryService.method.deltaAggregatedResources),

  subscribe(type) {
    const { typeUrl, wanted, requested } = type;
    if (requested === undefined) return firstRequest(type);
    const before = explicitNames(requested);
    const after = explicitNames(wanted);
    const subscribe = [...after].filter((name) => !before.has(name));
    const unsubscribe = [...before].filter((name) => !after.has(name));
    type.requested = wanted;
    if (subscribe.length === 0 && unsubscribe.length === 0) return undefined;
    return create(DeltaDiscoveryRequestSchema, {
      typeUrl,
      resourceNamesSubscribe: subscribe,
      resourceNamesUnsubscribe: unsubscribe,
    });
  },

  read(type, response) {
    const received = response.resources.flatMap(({ name, resource }) =>
      resource === undefined ? [] : [{ name, typeUrl: resource.typeUrl }],
    );
    checkResources(type.typeUrl, received);
    const changed = response.resources.flatMap(({ name, version, resource }) =>
      // Without a body it only prolongs a time to live.
      resource === undefined || !type.wants(name) ? [] : [{ name, version, bytes: resource.value }],
    );
    const removed = response.removedResources.filter((name) => type.wants(name));
    return { typeUrl: type.typeUrl, version: response.systemVersionInfo, changed, removed };
  },

  answer(type, errorMessage) {
    return create(DeltaDiscoveryRequestSchema, {
      typeUrl: type.typeUrl,
      responseNonce: type.nonce,
      ...(errorMessage !== undefined && {
        errorDetail: { code: INVALID_ARGUMENT, message: errorMessage },
      }),
    });
  },
};

function firstRequest(type: SubscribedType): DeltaDiscoveryRequest | undefined {
  const { typeUrl, wanted } = type;
  // No names at all would mean "everything".
  if (wanted !== WILDCARD && wanted.size === 0) return undefined;
  type.requested = wanted;
  // The wildcard of the first request is said by silence, which older servers understand as well.
  const isSilent = wanted === WILDCARD && resourceTypeOf(typeUrl)?.isFullState === true;
  return create(DeltaDiscoveryRequestSchema, {
    typeUrl,
    resourceNamesSubscribe: isSilent ? [] : [...explicitNames(wanted)],
    initialResourceVersions: Object.fromEntries(type.accepted),
  });
}

function explicitNames(names: WantedNames): ReadonlySet<string> {
  return names === WILDCARD ? new Set([WILDCARD]) : names;
}
