import { create } from "@bufbuild/protobuf";
import {
  type Address,
  AddressSchema,
  type CidrRange,
  CidrRangeSchema,
} from "@weft/api/envoy/config/core/v3/address_pb.js";

/** A TCP address. */
export function socketAddress(address: string, port: number): Address {
  return create(AddressSchema, {
    address: {
      case: "socketAddress",
      value: { address, portSpecifier: { case: "portValue", value: port } },
    },
  });
}

/** The address of an endpoint: a socket in the file system (`unix:///path`), or TCP. */
export function endpointAddress(address: string, port: number): Address {
  const scheme = "unix://";
  if (!address.startsWith(scheme)) return socketAddress(address, port);
  const path = address.slice(scheme.length);
  return create(AddressSchema, { address: { case: "pipe", value: { path } } });
}

/** Addresses that begin alike, from `192.0.2.0/24`. */
export function cidrRange(text: string): CidrRange {
  const [addressPrefix = "", length] = text.split("/");
  return create(CidrRangeSchema, { addressPrefix, prefixLen: Number(length) });
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
