import { isIP } from "node:net";
import type { resourceSchema, ValueOf } from "@weft/api";
import type { ResourceContext } from "../resource-kind.ts";

type Spec = ValueOf<typeof resourceSchema.serviceEntry>["spec"];

/** What hosts, addresses, endpoints and the resolution must be to each other. */
export function reportServiceEntry(spec: Spec, context: ResourceContext): void {
  reportHosts(spec, context);
  reportAddresses(spec, context);
  reportPorts(spec, context);
  reportEndpoints(spec, context);
}

function reportHosts({ hosts, resolution, endpoints = [] }: Spec, context: ResourceContext): void {
  const needsNames = endpoints.length === 0 && resolution?.startsWith("DNS") === true;
  for (const [index, host] of hosts.entries()) {
    const path = ["spec", "hosts", index];
    if (host === "*") {
      context.report({
        code: "InvalidValue",
        path,
        message: "hostname cannot be wildcard",
        remedy: "name the host, or write *.example.com",
      });
    } else if (needsNames && host.startsWith("*")) {
      context.report({
        code: "InvalidValue",
        path,
        message: `resolution ${resolution} cannot look up ${JSON.stringify(host)}`,
        remedy: "name the host, add endpoints, or write resolution: NONE",
      });
    }
  }
}

function reportAddresses({ addresses = [], resolution = "NONE" }: Spec, context: ResourceContext) {
  if (resolution === "NONE" || resolution === "STATIC") return;
  for (const [index, address] of addresses.entries()) {
    if (!address.includes("/")) continue;
    context.report({
      code: "InvalidValue",
      path: ["spec", "addresses", index],
      message: "CIDR addresses are allowed only for NONE/STATIC resolution types",
      remedy: "write a single address",
    });
  }
}

function reportPorts({ ports = [] }: Spec, context: ResourceContext): void {
  for (const field of ["name", "number"] as const) {
    const seen = new Set<string | number>();
    for (const [index, port] of ports.entries()) {
      if (seen.has(port[field])) {
        context.report({
          code: "DuplicateName",
          path: ["spec", "ports", index, field],
          message: `port ${field} ${port[field]} cannot be duplicated`,
          remedy: "remove one of them",
        });
      }
      seen.add(port[field]);
    }
  }
}

function reportEndpoints(spec: Spec, { report }: ResourceContext): void {
  const { endpoints = [], resolution = "NONE", workloadSelector } = spec;
  const path = ["spec", "endpoints"];
  if (resolution === "NONE" && endpoints.length > 0) {
    report({
      code: "Conflict",
      path,
      message: "NONE mode cannot set endpoints",
      remedy: "remove them, or write resolution: STATIC",
    });
  }
  if (resolution === "DNS_ROUND_ROBIN" && endpoints.length > 1) {
    report({
      code: "Conflict",
      path,
      message: "DNS_ROUND_ROBIN mode cannot have multiple endpoints",
      remedy: "keep one, or write resolution: DNS",
    });
  }
  if (resolution === "STATIC" && endpoints.length === 0 && workloadSelector === undefined) {
    report({
      code: "MissingField",
      path,
      message: "resolution STATIC needs endpoints or a workloadSelector",
      remedy: "add them, or write resolution: DNS",
    });
  }
  for (const index of endpoints.keys()) reportEndpoint(spec, index, report);
}

function reportEndpoint(spec: Spec, index: number, report: ResourceContext["report"]): void {
  const endpoint = spec.endpoints?.[index];
  if (endpoint === undefined) return;
  const path = ["spec", "endpoints", index];
  const isSocket = endpoint.address.startsWith("unix://");
  if (isSocket && !/^unix:\/\/[/@].*[^/]$/.test(endpoint.address)) {
    report({
      code: "InvalidValue",
      path: [...path, "address"],
      message: `${JSON.stringify(endpoint.address)} is not an absolute path of a socket`,
      remedy: "write it like unix:///run/app.sock",
    });
  }
  if (isSocket && (endpoint.ports?.size ?? 0) > 0) {
    report({
      code: "Conflict",
      path: [...path, "ports"],
      message: "a socket has no ports",
      remedy: "remove them",
    });
  }
  if (spec.resolution === "STATIC" && !isSocket && isIP(endpoint.address) === 0) {
    report({
      code: "InvalidValue",
      path: [...path, "address"],
      message: `${JSON.stringify(endpoint.address)} is not an IP address`,
      remedy: "write one, or resolution: DNS",
    });
  }
  const known = [...new Set((spec.ports ?? []).map(({ name }) => name))];
  for (const name of endpoint.ports?.keys() ?? []) {
    if (known.includes(name)) continue;
    report({
      code: "PortNotFound",
      path: [...path, "ports", name],
      message: `spec.ports has no port named ${JSON.stringify(name)}`,
      remedy: `write one of ${known.join(", ") || "spec.ports"}`,
    });
  }
}
