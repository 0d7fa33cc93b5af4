import type { Clock, Log, Random } from "@weft/core";
import type { AddressPlan } from "../address/address-plan.ts";
import type { FindPort } from "../address/free-port.ts";
import type { Environment } from "../config/env.ts";
import type { Launch, Output } from "../process/process-group.ts";
import type { RunningProcess } from "../process/supervised-process.ts";
import type { StateFolder } from "../state/state-folder.ts";

/** What everything that the launcher starts has in common. */
export interface LaunchContext {
  readonly state: StateFolder;
  readonly plan: AddressPlan;
  /** Where an application may listen. */
  readonly findPort: FindPort;
  readonly programs: Programs;
  readonly environment: Environment;
  readonly spawn: (launch: Launch, output: Output) => RunningProcess;
  readonly clock: Clock;
  readonly random: Random;
  /** What people should know: each call is one line on the terminal. */
  readonly log: Log;
  /** Called after every change of what runs. */
  readonly onChange: () => void;
}

/** The programs that the launcher starts; absolute paths. */
export interface Programs {
  /** Node 26 itself. */
  readonly node: string;
  readonly proxy: string;
  readonly controlPlane: string;
  readonly envoy: string;
}
