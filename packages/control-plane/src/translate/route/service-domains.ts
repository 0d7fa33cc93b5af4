import type { Service } from "../../model/service.ts";

/**
 * The names under which a client in `dnsDomain` calls a service: its full name, what a resolver's search
 * list makes of shorter ones, its addresses. Without ports; the full name comes first.
 */
export function serviceDomains(service: Service, dnsDomain: string): readonly string[] {
  const names = hostDomains(service.hostname, dnsDomain);
  const isByPod = service.isHeadless && service.source === "kubernetes";
  const addresses = service.addresses.filter(isSingleAddress).map(bracketed);
  return [...names, ...(isByPod ? names.map((name) => `*.${name}`) : []), ...addresses];
}

function hostDomains(hostname: string, dnsDomain: string): readonly string[] {
  const names = [hostname, `${hostname}.`];
  const [name, namespace, svc] = hostname.split(".");
  if (svc !== "svc" || !dnsDomain.includes(".svc.")) return names;
  const inNamespace = `${name}.${namespace}`;
  return dnsDomain.startsWith(`${namespace}.`)
    ? [...names, `${name}`, `${inNamespace}.svc`, inNamespace]
    : [...names, inNamespace, `${inNamespace}.svc`];
}

function isSingleAddress(address: string): boolean {
  return address !== "0.0.0.0" && !address.includes("/");
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
