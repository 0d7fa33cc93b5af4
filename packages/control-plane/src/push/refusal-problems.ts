import { fromBinary, type JsonObject } from "@bufbuild/protobuf";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import { ClusterSchema } from "@weft/api/envoy/config/cluster/v3/cluster_pb.js";
import type { Metadata } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { ListenerSchema } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import {
  type RouteConfiguration,
  RouteConfigurationSchema,
} from "@weft/api/envoy/config/route/v3/route_pb.js";
import type { XdsResource } from "@weft/xds";
import type { Problem } from "../model/problem.ts";
import { ORIGIN_METADATA } from "../translate/origin.ts";

/** A response that a proxy refused, with what it was sent of that type. */
export interface Refusal {
  readonly podName: string;
  readonly typeUrl: TypeUrl;
  /** A line per resource; Weft's proxy begins each with the name, Envoy has the name somewhere in it. */
  readonly message: string;
  readonly sent: ReadonlyMap<string, XdsResource>;
}

/** What the user wrote that led to what a proxy refused, where that can be told. */
export function refusalProblems(refusal: Refusal): readonly Problem[] {
  const { podName, typeUrl, message, sent } = refusal;
  return message.split("\n").flatMap((line): Problem[] => {
    const resource = findNamed(line, sent);
    const origin = resource && originOf(typeUrl, resource.bytes, line);
    if (typeof origin?.file !== "string" || origin.file === "") return [];
    const isPortTaken = /EADDRINUSE|in use/i.test(line);
    return [
      {
        severity: "error",
        code: "RefusedByProxy",
        file: origin.file,
        line: Number(origin.line),
        column: 1,
        field: "",
        message: `${podName} cannot use this: ${line}`,
        remedy: isPortTaken ? "stop what holds the port, or choose another with --port" : "",
      },
    ];
  });
}

/** The longest name counts: names may contain each other. */
function findNamed(line: string, sent: ReadonlyMap<string, XdsResource>): XdsResource | undefined {
  let found: XdsResource | undefined;
  for (const resource of sent.values()) {
    const isBetter = resource.name.length > (found?.name.length ?? 0);
    if (isBetter && line.includes(resource.name)) found = resource;
  }
  return found;
}

function originOf(typeUrl: TypeUrl, bytes: Uint8Array, line: string): JsonObject | undefined {
  for (const metadata of metadataOf(typeUrl, bytes, line)) {
    const origin = metadata?.filterMetadata[ORIGIN_METADATA];
    if (origin !== undefined) return origin;
  }
  return undefined;
}

function metadataOf(
  typeUrl: TypeUrl,
  bytes: Uint8Array,
  line: string,
): readonly (Metadata | undefined)[] {
  switch (typeUrl) {
    case TYPE_URL.cluster:
      return [fromBinary(ClusterSchema, bytes).metadata];
    case TYPE_URL.listener: {
      const { metadata, filterChains } = fromBinary(ListenerSchema, bytes);
      return [metadata, ...filterChains.map((chain) => chain.metadata)];
    }
    case TYPE_URL.route:
      return routeMetadata(fromBinary(RouteConfigurationSchema, bytes), line);
    default:
      return [];
  }
}

/**
 * Rules of many resources share one configuration. Weft's proxy says which of them is wrong
 * (`virtual_hosts[1].routes[0].…`); where nobody does, the first rule that a user wrote stands for all.
 */
function routeMetadata({ virtualHosts }: RouteConfiguration, line: string) {
  const [, host, route] = /virtual_hosts\[(\d+)\](?:\.routes\[(\d+)\])?/.exec(line) ?? [];
  const hosts = host === undefined ? virtualHosts : virtualHosts.slice(Number(host)).slice(0, 1);
  return hosts.flatMap(({ metadata, routes }) => {
    const named = route === undefined ? routes : routes.slice(Number(route)).slice(0, 1);
    return [...named.map((each) => each.metadata), metadata];
  });
}
