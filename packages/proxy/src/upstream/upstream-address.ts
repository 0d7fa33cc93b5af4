import { isIP } from "node:net";
import type { Address } from "@weft/api/envoy/config/core/v3/address_pb.js";
import { ConfigError } from "@weft/core";

/** Where a connection goes to. */
export type UpstreamAddress =
  | { readonly kind: "socket"; readonly host: string; readonly port: number }
  | { readonly kind: "pipe"; readonly path: string }
  | { readonly kind: "internal"; readonly listenerName: string };

/** Reads Envoy's address; `field` names it in the error. */
export function parseAddress(address: Address | undefined, field: string): UpstreamAddress {
  const choice = address?.address;
  switch (choice?.case) {
    case "socketAddress": {
      const { address: host, portSpecifier, protocol } = choice.value;
      if (protocol !== 0) throw new ConfigError(`${field}.socket_address.protocol`, "must be TCP");
      if (portSpecifier.case !== "portValue")
        throw new ConfigError(`${field}.socket_address.port_value`, "is required");
      if (portSpecifier.value > 65_535)
        throw new ConfigError(`${field}.socket_address.port_value`, "must be at most 65535");
      if (host === "") throw new ConfigError(`${field}.socket_address.address`, "is required");
      return { kind: "socket", host, port: portSpecifier.value };
    }
    case "pipe":
      return { kind: "pipe", path: choice.value.path };
    case "envoyInternalAddress": {
      const specifier = choice.value.addressNameSpecifier;
      if (specifier.case !== "serverListenerName")
        throw new ConfigError(
          `${field}.envoy_internal_address.server_listener_name`,
          "is required",
        );
      return { kind: "internal", listenerName: specifier.value };
    }
    case undefined:
      throw new ConfigError(field, "is required");
  }
}

/** `192.0.2.7:9080`, `[2001:db8::1]:9080`, a path, or a listener's name. */
export function formatAddress(address: UpstreamAddress): string {
  switch (address.kind) {
    case "socket":
      return isIP(address.host) === 6
        ? `[${address.host}]:${address.port}`
        : `${address.host}:${address.port}`;
    case "pipe":
      return address.path;
    case "internal":
      return address.listenerName;
  }
}

/** Reads `host:port` or `[v6]:port`, as an original destination is written. */
export function parseHostPort(text: string): UpstreamAddress | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535) return undefined;
  return { kind: "socket", host, port };
}
