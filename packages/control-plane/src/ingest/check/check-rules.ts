import type { HttpMatch, HttpRoute, VirtualService } from "../../model/virtual-service.ts";
import { coversHost } from "../../registry/host-match.ts";
import type { CheckView } from "./check-view.ts";

/** A DestinationRule should be for a host that something has. */
export function checkRuleHosts({ mesh, report }: CheckView): void {
  for (const rule of mesh.destinationRules) {
    const isKnown = mesh.services.some(
      ({ hostname }) => coversHost(rule.host, hostname) || coversHost(hostname, rule.host),
    );
    if (isKnown) continue;
    report(rule, {
      severity: "warning",
      code: "UnknownRuleHost",
      path: ["spec", "host"],
      message: `no Service or ServiceEntry is called ${rule.host}`,
      remedy: "add it, or correct the name",
    });
  }
}

/** After a rule that takes everything no other can be reached. */
export function checkReachability({ mesh, report }: CheckView): void {
  for (const virtualService of mesh.virtualServices) {
    const { http } = virtualService;
    const index = http.findIndex(takesEverything);
    const catchAll = http[index];
    if (catchAll === undefined || index === http.length - 1) continue;
    report(virtualService, {
      severity: "warning",
      code: "UnreachableRule",
      path: ["spec", "http", index + 1],
      message: `spec.http[${index}] at line ${catchAll.origin.line} takes every request`,
      remedy: "put the rule without conditions last",
    });
  }
}

/** For sidecars the oldest VirtualService of a host counts alone; gateways merge them. */
export function checkConflictingHosts({ mesh, report }: CheckView): void {
  const first = new Map<string, VirtualService>();
  for (const virtualService of mesh.virtualServices) {
    if (!virtualService.gateways.includes("mesh") || isLocal(virtualService)) continue;
    for (const [index, host] of virtualService.hosts.entries()) {
      const rival = first.get(host);
      if (rival === undefined || rival === virtualService) {
        first.set(host, virtualService);
        continue;
      }
      const { namespace, name, origin } = rival;
      report(virtualService, {
        severity: "warning",
        code: "ConflictingHost",
        path: ["spec", "hosts", index],
        message: `VirtualService ${namespace}/${name} (${origin.file}:${origin.line}) has host ${host} already, and counts alone`,
        remedy: "put their rules together",
      });
    }
  }
}

/** Exported to some namespaces only, which may well be others than the rival's. */
function isLocal({ exportTo }: VirtualService): boolean {
  return exportTo.length > 0 && !exportTo.includes("*");
}

function takesEverything({ match }: HttpRoute): boolean {
  return match.length === 0 || match.some(isEmpty);
}

function isEmpty(match: HttpMatch): boolean {
  const { uri, scheme, method, authority, port, sourceNamespace } = match;
  const hasUri = uri !== undefined && !(uri.kind === "prefix" && uri.value === "/");
  const others = [scheme, method, authority, port];
  return (
    !hasUri &&
    others.every((each) => each === undefined) &&
    [match.headers, match.withoutHeaders, match.queryParams].every(({ size }) => size === 0) &&
    Object.keys(match.sourceLabels).length === 0 &&
    sourceNamespace === "" &&
    match.gateways.length === 0
  );
}
