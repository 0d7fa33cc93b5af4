import type { AddressPlan, ControlPlaneAddress, ProxyAddress } from "./address-plan.ts";

const ADDRESS = "127.0.0.1";

/**
 * For systems that answer on 127.0.0.1 only: every proxy shares that address and gets free ports
 * instead of Istio's own numbers.
 */
export async function createSharedLoopback(
  findPort: () => Promise<number>,
  controlPlane: ControlPlaneAddress = { address: ADDRESS, xdsPort: 15012, httpPort: 15014 },
): Promise<AddressPlan> {
  const given = new Set<number>();
  // A port is only free until its proxy binds it, so none is handed out twice.
  const take = async () => {
    let port = await findPort();
    while (given.has(port)) port = await findPort();
    given.add(port);
    return port;
  };
  return {
    block: `${ADDRESS} (free ports)`,
    controlPlane,
    async allocate(containerPorts) {
      const bindPorts = new Map<number, number>();
      for (const port of containerPorts) bindPorts.set(port, await take());
      return {
        address: ADDRESS,
        adminPort: await take(),
        outboundPort: await take(),
        healthPort: await take(),
        prometheusPort: await take(),
        bindPorts,
      };
    },
    release(place: ProxyAddress) {
      const { adminPort, outboundPort, healthPort, prometheusPort, bindPorts } = place;
      for (const port of [adminPort, outboundPort, healthPort, prometheusPort]) given.delete(port);
      for (const port of bindPorts.values()) given.delete(port);
    },
  };
}
