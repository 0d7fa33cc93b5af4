import { MeshError, type Random } from "@weft/core";
import {
  type AddressPlan,
  type ControlPlaneAddress,
  type ProxyAddress,
  SIDECAR_PORT,
  unprivilegedPort,
} from "./address-plan.ts";
import { isPortFree } from "./free-port.ts";

/** The first address of a block is the control plane's, the next few are kept for gateways. */
const FIRST_WORKLOAD = 10;
const LAST_WORKLOAD = 250 * 250;
const XDS_PORT = 15012;
const HTTP_PORT = 15014;

/** Workloads that join a running mesh take addresses from here on, the mesh's own are below. */
const FIRST_JOINED = 20_000;

/** What loopback blocks need to know of the machine. */
export interface LoopbackMachine {
  readonly isPortFree: (address: string, port: number) => Promise<boolean>;
  readonly random: Random;
}

/**
 * Linux answers on all of 127.0.0.0/8, so a mesh takes a block 127.N.0.0/16 and gives every proxy an
 * address of its own, with Istio's ports on each. Two meshes on one machine take two blocks.
 */
export async function createLoopbackBlock(machine: LoopbackMachine): Promise<AddressPlan> {
  const block = await chooseBlock(machine);
  const controlPlane = { address: addressAt(block, 1), xdsPort: XDS_PORT, httpPort: HTTP_PORT };
  return planBlock(block, controlPlane, FIRST_WORKLOAD, machine);
}

/** Addresses in the block of a mesh that runs already, apart from those that it gives out itself. */
export function joinLoopbackBlock(
  controlPlane: ControlPlaneAddress,
  machine: LoopbackMachine,
): Promise<AddressPlan> {
  const block = Number(controlPlane.address.split(".")[1]);
  const first = FIRST_JOINED + Math.floor(machine.random() * FIRST_JOINED);
  return planBlock(block, controlPlane, first, machine);
}

async function planBlock(
  block: number,
  controlPlane: ControlPlaneAddress,
  firstIndex: number,
  { isPortFree: isFree }: LoopbackMachine,
): Promise<AddressPlan> {
  const mayBindLowPorts = await isFree(addressAt(block, 1), 1023);
  const taken = new Set<number>();
  return {
    block: `127.${block}.0.0/16`,
    controlPlane,
    async allocate(containerPorts) {
      let index = firstIndex;
      while (taken.has(index) || !(await isFree(addressAt(block, index), SIDECAR_PORT.admin))) {
        index++;
      }
      if (index > LAST_WORKLOAD) {
        throw new MeshError("block_full", "the mesh's addresses are all in use");
      }
      taken.add(index);
      return {
        address: addressAt(block, index),
        adminPort: SIDECAR_PORT.admin,
        outboundPort: SIDECAR_PORT.outbound,
        healthPort: SIDECAR_PORT.health,
        prometheusPort: SIDECAR_PORT.prometheus,
        bindPorts: new Map(
          containerPorts.map((port) => [port, mayBindLowPorts ? port : unprivilegedPort(port)]),
        ),
      } satisfies ProxyAddress;
    },
    release({ address }) {
      taken.delete(indexOf(address));
    },
  };
}

/** Starts at a random block: two meshes that start at the same moment rarely want the same. */
async function chooseBlock({ isPortFree: isFree, random }: LoopbackMachine): Promise<number> {
  // 127.0 is everybody's, 127.1 is what `ping 127.1` means to some; 127.255 ends in broadcast.
  const [first, count] = [2, 253];
  const start = Math.floor(random() * count);
  for (let step = 0; step < count; step++) {
    const block = first + ((start + step) % count);
    const address = addressAt(block, 1);
    const free = await Promise.all(
      [XDS_PORT, HTTP_PORT, 15010].map((port) => isFree(address, port)),
    );
    if (free.every(Boolean)) return block;
  }
  throw new MeshError(
    "no_block",
    "no free block of loopback addresses; are 250 meshes running here?",
  );
}

/** Index 0 to 250·250: the last two bytes, each from 0 to 250, so that no address looks like a network's. */
function addressAt(block: number, index: number): string {
  return `127.${block}.${Math.floor(index / 250)}.${index % 250}`;
}

function indexOf(address: string): number {
  const [, , high, low] = address.split(".").map(Number);
  return (high ?? 0) * 250 + (low ?? 0);
}

/** The machine as it is. */
export function loopbackMachine(random: Random): LoopbackMachine {
  return { isPortFree, random };
}
