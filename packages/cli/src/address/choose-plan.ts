import type { Random } from "@weft/core";
import type { AddressPlan, ControlPlaneAddress } from "./address-plan.ts";
import type { FindPort } from "./free-port.ts";
import { createLoopbackBlock, joinLoopbackBlock, loopbackMachine } from "./loopback-block.ts";
import { createSharedLoopback } from "./shared-loopback.ts";

/** The way of giving addresses that this system allows: to a new mesh, or to one that is joined. */
export function chooseAddressPlan(
  platform: NodeJS.Platform,
  random: Random,
  findPort: FindPort,
  joined?: ControlPlaneAddress,
): Promise<AddressPlan> {
  if (platform !== "linux") return createSharedLoopback(findPort, joined);
  const machine = loopbackMachine(random);
  return joined === undefined ? createLoopbackBlock(machine) : joinLoopbackBlock(joined, machine);
}
