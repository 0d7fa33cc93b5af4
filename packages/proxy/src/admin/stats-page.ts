import { RE2JS } from "re2js";
import type { Stats } from "../stats/stats.ts";
import { type AdminAnswer, JSON_TYPE, PROMETHEUS_TYPE } from "./admin-server.ts";

/** `/stats`: lines `name: value`; `?filter=` is a regular expression, `?format=` json or prometheus. */
export function renderStats(stats: Stats, query: URLSearchParams): AdminAnswer {
  const format = query.get("format") ?? "text";
  if (format === "prometheus") return renderPrometheus(stats);
  const lines = filterLines(stats.renderText(), query.get("filter"));
  if (lines === undefined) return { status: 400, body: "filter is not a regular expression\n" };
  if (format === "text") return { body: lines.map((line) => `${line}\n`).join("") };
  if (format !== "json")
    return { status: 400, body: "usage: /stats?format=text|json|prometheus\n" };
  return { contentType: JSON_TYPE, body: JSON.stringify({ stats: lines.map(toStat) }) };
}

/** `/stats/prometheus`. */
export function renderPrometheus(stats: Stats): AdminAnswer {
  return { contentType: PROMETHEUS_TYPE, body: stats.renderPrometheus() };
}

function filterLines(text: string, filter: string | null): readonly string[] | undefined {
  const lines = text.split("\n").filter((line) => line !== "");
  if (filter === null || filter === "") return lines;
  try {
    // The pattern comes over the network: linear time, whatever it is.
    const pattern = RE2JS.compile(filter);
    return lines.filter((line) => pattern.matcher(nameOf(line)).find());
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
