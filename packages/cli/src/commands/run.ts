import type { Command } from "commander";

/** `weft run --service NAME -- COMMAND…`: joins a running mesh. */
export function addRunCommand(_program: Command, _setExitCode: (code: number) => void): void {}
