import type { Problem } from "@weft/control-plane";
import { type Command, Option } from "commander";
import { formatMapProblem } from "../map/map-reader.ts";
import { readMapProblems, resolveResources } from "../up/up-options.ts";
import { formatData } from "./data-format.ts";

interface ValidateFlags {
  readonly output?: "json";
}

/** `weft validate PATH…`: what is wrong with resources, each with its place and remedy. */
export function addValidateCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("validate")
    .description("tell every mistake in YAML as file:line:column, with what to write instead")
    .argument("<path...>", "files and folders")
    .addOption(new Option("-o, --output <format>", "print problems as data").choices(["json"]))
    .addHelpText("after", "\nExits with 1 when there is an error; warnings alone do not count.")
    .action(async (paths: string[], { output }: ValidateFlags) => {
      setExitCode(await validate(paths, output));
    });
}

async function validate(paths: readonly string[], output: "json" | undefined): Promise<number> {
  // It takes longer to load than most commands run.
  const { formatProblem, readMesh } = await import("@weft/control-plane");
  const { resources, mapPath } = resolveResources(paths, undefined);
  const mapProblems = mapPath === undefined ? [] : readMapProblems(mapPath);
  const { problems } = await readMesh(resources);
  const errors = mapProblems.length + problems.filter(isError).length;
  if (output !== undefined) {
    process.stdout.write(formatData([...mapProblems, ...problems], output));
  } else {
    const lines = [...mapProblems.map(formatMapProblem), ...problems.map(formatProblem)];
    for (const line of lines) console.log(line);
    console.log(
      lines.length === 0
        ? "no problems"
        : `${count(errors, "error")}, ${count(lines.length - errors, "warning")}`,
    );
  }
  return errors > 0 ? 1 : 0;
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}

function isError({ severity }: Problem): boolean {
  return severity === "error";
}
