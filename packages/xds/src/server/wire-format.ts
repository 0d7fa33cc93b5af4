import { create } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import {
  type DeltaDiscoveryRequest,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
} from "@weft/api/envoy/service/discovery/v3/discovery_pb.js";
import type { XdsRequest, XdsResponse } from "./xds-message.ts";

/** A state-of-the-world request. */
export function fromDiscoveryRequest(request: DiscoveryRequest): XdsRequest {
  return {
    typeUrl: request.typeUrl,
    nonce: request.responseNonce,
    ...(request.errorDetail && { errorMessage: request.errorDetail.message }),
    names: {
      kind: "replace",
      names: [...request.resourceNames, ...request.resourceLocators.map(({ name }) => name)],
    },
  };
}

/** An incremental request. */
export function fromDeltaDiscoveryRequest(request: DeltaDiscoveryRequest): XdsRequest {
  const { resourceLocatorsSubscribe, resourceLocatorsUnsubscribe } = request;
  return {
    typeUrl: request.typeUrl,
    nonce: request.responseNonce,
    ...(request.errorDetail && { errorMessage: request.errorDetail.message }),
    names: {
      kind: "change",
      subscribe: [
        ...request.resourceNamesSubscribe,
        ...resourceLocatorsSubscribe.map(({ name }) => name),
      ],
      unsubscribe: [
        ...request.resourceNamesUnsubscribe,
        ...resourceLocatorsUnsubscribe.map(({ name }) => name),
      ],
      initialVersions: request.initialResourceVersions,
    },
  };
}

/** A state-of-the-world response; the resources' bytes are passed on, not encoded again. */
export function toDiscoveryResponse(
  response: XdsResponse,
  controlPlaneId: string,
): DiscoveryResponse {
  const { typeUrl, nonce, version } = response;
  return create(DiscoveryResponseSchema, {
    versionInfo: version,
    nonce,
    typeUrl,
    controlPlane: { identifier: controlPlaneId },
    resources: response.resources.map(({ bytes }) => create(AnySchema, { typeUrl, value: bytes })),
  });
}

/** An incremental response; the resources' bytes are passed on, not encoded again. */
export function toDeltaDiscoveryResponse(
  response: XdsResponse,
  controlPlaneId: string,
): DeltaDiscoveryResponse {
  const { typeUrl, nonce, version } = response;
  return create(DeltaDiscoveryResponseSchema, {
    systemVersionInfo: version,
    nonce,
    typeUrl,
    controlPlane: { identifier: controlPlaneId },
    removedResources: [...response.removed],
    resources: response.resources.map((resource) => ({
      name: resource.name,
      version: resource.version,
      resource: create(AnySchema, { typeUrl, value: resource.bytes }),
    })),
  });
}
