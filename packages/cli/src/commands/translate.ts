import { type Command, Option } from "commander";
import { type ImaginedProxy, imagineNode } from "../translate/imagined-node.ts";
import { resolveResources } from "../up/up-options.ts";
import { UsageError } from "../usage-error.ts";
import { type DataFormat, dataFormatOption, formatData } from "./data-format.ts";

interface TranslateFlags {
  readonly proxy: string;
  readonly namespace?: string;
  readonly labels?: string;
  readonly capture: ImaginedProxy["capture"];
  readonly output?: DataFormat;
}

/** `weft translate PATH… --proxy ID`: what a proxy would get, without running anything. */
export function addTranslateCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("translate")
    .description("print the xDS resources that a proxy would get, without running anything")
    .argument("<path...>", "files and folders")
    .requiredOption("--proxy <id>", "a node id, or the name of a pod or Deployment")
    .option("--namespace <name>", "its namespace (default: that in the id, else default)")
    .option("--labels <k=v,...>", "its labels (default: those of the workload by that name)")
    .addOption(
      new Option("--capture <way>", "how traffic reaches it")
        .choices(["redirect", "proxy-env"])
        .default("redirect"),
    )
    .addOption(dataFormatOption().default("yaml"))
    .addHelpText(
      "after",
      "\nProblems go to standard error; an error among them makes the exit code 1.",
    )
    .action(async (paths: string[], flags: TranslateFlags) => {
      setExitCode(await translate(paths, flags));
    });
}

async function translate(paths: readonly string[], flags: TranslateFlags): Promise<number> {
  // It takes longer to load than most commands run.
  const { createRegistry, formatProblem, parseProxyNode, readMesh, toJson, translateProxy } =
    await import("@weft/control-plane");
  const { proxy, namespace, capture } = flags;
  const labels = parseLabels(flags.labels ?? "");
  const reading = await readMesh(resolveResources(paths, undefined).resources);
  const node = imagineNode({ proxy, namespace, labels, capture }, reading);
  if (!node.isKnown && flags.labels === undefined) {
    console.error(
      `weft: no workload is called ${proxy}: taken as one without labels; --labels k=v,... gives it some`,
    );
  }
  const registry = createRegistry(reading.mesh);
  const resources = translateProxy(reading.mesh, registry, parseProxyNode(node));
  process.stdout.write(formatData(toJson(resources), flags.output ?? "yaml"));
  const problems = [...reading.problems, ...resources.problems];
  for (const line of new Set(problems.map(formatProblem))) console.error(line);
  return problems.some(({ severity }) => severity === "error") ? 1 : 0;
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new UsageError(`--labels ${pair}: write name=value,name=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
