import { RE2JS } from "re2js";
import type { Stats } from "../stats/stats.ts";
import { type AdminAnswer, JSON_TYPE, PROMETHEUS_TYPE } from "./admin-server.ts";

/** `/stats`: lines `name: value`; `?filter=` is a regular expression, `?format=` json or prometheus. */
export function renderStats(stats: Stats, query: URLSearchParams): AdminAnswer {
  const format = query.get("format") ?? "text";
  if (format === "prometheus") return renderPrometheus(stats, query);
  const admits = compileFilter(query);
  if (admits === undefined) return NO_REGEX;
  const lines = stats
    .renderText()
    .split("\n")
    .filter((line) => line !== "" && admits(nameOf(line)));
  if (format === "text") return { body: lines.map((line) => `${line}\n`).join("") };
  if (format !== "json")
    return { status: 400, body: "usage: /stats?format=text|json|prometheus\n" };
  return { contentType: JSON_TYPE, body: JSON.stringify({ stats: lines.map(toStat) }) };
}

/** `/stats/prometheus`; `?filter=` as above, on names without labels. */
export function renderPrometheus(stats: Stats, query: URLSearchParams): AdminAnswer {
  const admits = compileFilter(query);
  if (admits === undefined) return NO_REGEX;
  return { contentType: PROMETHEUS_TYPE, body: stats.renderPrometheus(admits) };
}

const NO_REGEX: AdminAnswer = { status: 400, body: "filter is not a regular expression\n" };

function compileFilter(query: URLSearchParams): ((name: string) => boolean) | undefined {
  const filter = query.get("filter") ?? "";
  if (filter === "") return () => true;
  try {
    // The pattern comes over the network: linear time, whatever it is.
    const pattern = RE2JS.compile(filter);
    return (name) => pattern.matcher(name).find();
  } catch {
    return undefined;
  }
}

function nameOf(line: string): string {
  return line.slice(0, line.lastIndexOf(": "));
}

function toStat(line: string) {
  const value = line.slice(line.lastIndexOf(": ") + 2);
  const number = Number(value);
  return { name: nameOf(line), value: Number.isNaN(number) ? value : number };
}
