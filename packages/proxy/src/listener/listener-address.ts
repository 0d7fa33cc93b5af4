import { type Address, SocketAddress_Protocol } from "@weft/api/envoy/config/core/v3/address_pb.js";
import { ConfigError } from "@weft/core";

/** Where a listener is reached: a TCP port, or only from inside the process. */
export type ListenerAddress =
  | { readonly kind: "socket"; readonly host: string; readonly port: number }
  | { readonly kind: "internal" };

/** Reads the address of a listener. */
export function parseListenerAddress(
  address: Address | undefined,
  isInternal: boolean,
  field: string,
): ListenerAddress {
  if (isInternal) return { kind: "internal" };
  const specifier = address?.address;
  if (specifier?.case === "envoyInternalAddress") return { kind: "internal" };
  if (specifier?.case !== "socketAddress")
    throw new ConfigError(field, "only socket addresses and internal listeners are supported");
  const { value } = specifier;
  if (value.protocol !== SocketAddress_Protocol.TCP)
    throw new ConfigError(`${field}.protocol`, "only TCP is supported");
  if (value.portSpecifier.case !== "portValue")
    throw new ConfigError(`${field}.port_value`, "is required");
  return { kind: "socket", host: value.address, port: value.portSpecifier.value };
}
