import { isPortFree } from "../address/free-port.ts";
import { findPortHolder, formatPortInUse, isListening } from "../address/port-holder.ts";
import { GATEWAY_ADDRESS, type GatewayDoor } from "../launcher/gateway-plan.ts";

/** A door that cannot be opened, and the sentence that says why. */
export interface BlockedDoor {
  readonly door: GatewayDoor;
  readonly problem: string;
}

/** Before anything runs: which doors are taken by somebody else. */
export async function findBlockedDoors(
  doors: readonly GatewayDoor[],
): Promise<readonly BlockedDoor[]> {
  const free = await Promise.all(doors.map(({ port }) => isPortFree(GATEWAY_ADDRESS, port)));
  return doors.filter((_, index) => free[index] === false).map(block);
}

/**
 * While the gateway runs: binding a port to try it could take it away from the gateway, which may be
 * about to open it, so the system's table is read instead.
 */
export function findNewlyBlockedDoors(
  doors: readonly GatewayDoor[],
  gatewayPid: number | undefined,
): readonly BlockedDoor[] {
  return doors
    .filter(({ port }) => isListening(port) && findPortHolder(port)?.pid !== gatewayPid)
    .map(block);
}

function block(door: GatewayDoor): BlockedDoor {
  const { port, serverPort, place } = door;
  const text = formatPortInUse(port, serverPort, findPortHolder(port));
  return { door, problem: `${place}: error PortInUse ${text}` };
}
