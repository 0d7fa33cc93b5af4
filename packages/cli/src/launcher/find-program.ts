import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where a command is looked for, as the system itself does it. */
export interface ProgramPlace {
  /** Folder that the command runs in: a name with a slash is relative to it. */
  readonly folder: string;
  /** Folders of the PATH. */
  readonly searchPath: string;
}

/** Whether `command` is a program that can be started. */
export function hasProgram(command: string, { folder, searchPath }: ProgramPlace): boolean {
  if (command.includes("/")) return isExecutable(resolve(folder, command));
  return searchPath.split(delimiter).some((path) => isExecutable(join(path, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
