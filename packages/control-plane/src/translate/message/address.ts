import { create } from "@bufbuild/protobuf";
import { type Address, AddressSchema } from "@weft/api/envoy/config/core/v3/address_pb.js";

/** A TCP address. */
export function socketAddress(address: string, port: number): Address {
  return create(AddressSchema, {
    address: {
      case: "socketAddress",
      value: { address, portSpecifier: { case: "portValue", value: port } },
    },
  });
}

/** The address of a listener inside the same proxy, reached without a socket. */
export function internalAddress(listenerName: string): Address {
  return create(AddressSchema, {
    address: {
      case: "envoyInternalAddress",
      value: { addressNameSpecifier: { case: "serverListenerName", value: listenerName } },
    },
  });
}
