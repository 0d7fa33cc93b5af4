import { Option } from "commander";
import { stringify } from "yaml";

/** `-o json|yaml`: how data is printed. */
export type DataFormat = "json" | "yaml";

/** The `-o` flag, for commands that print data. */
export function dataFormatOption(): Option {
  return new Option("-o, --output <format>", "how to print").choices(["json", "yaml"]);
}

/** `value` as a document for standard output, its last line ended. */
export function formatData(value: unknown, format: DataFormat): string {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return stringify(value, { aliasDuplicateObjects: false });
}
