import { isDeepStrictEqual } from "node:util";
import type { DestinationRule } from "../model/destination-rule.ts";
import type { Mesh } from "../model/mesh.ts";
import { matchLabels } from "../model/resource.ts";
import type { Service } from "../model/service.ts";
import { mostSpecificMatch } from "./host-match.ts";
import { mergeDestinationRules } from "./merge-destination-rules.ts";
import type { Client } from "./registry.ts";
import { isExportedTo } from "./visibility.ts";

/** Namespace → host → rules, oldest first. */
type RuleTable = ReadonlyMap<string, ReadonlyMap<string, readonly DestinationRule[]>>;

/** Finds the rule a client obeys. */
export interface DestinationRuleIndex {
  find(client: Client, service: Service): DestinationRule | undefined;
}

/**
 * Looks in the client's namespace, then the service's, then the root namespace, as Istio does. The root
 * namespace's rules are for everybody: to a client that is in it, as gateways are, only those come first that
 * nobody else sees.
 */
export function createDestinationRuleIndex(mesh: Mesh): DestinationRuleIndex {
  const table = tabulate(mesh.destinationRules);
  const privateTable = tabulate(mesh.destinationRules.filter(isPrivate));
  const merged = new Map<string, DestinationRule>();

  /** The same rules merge into the same object, so that callers may cache by identity. */
  const mergeOnce = (rules: readonly DestinationRule[]) => {
    const [first] = rules;
    if (first === undefined || rules.length === 1) return first;
    const key = rules.map(({ namespace, name }) => `${namespace}/${name}`).join();
    const known = merged.get(key) ?? mergeDestinationRules(rules);
    merged.set(key, known);
    return known;
  };

  return {
    find(client, service) {
      const { rootNamespace } = mesh.config;
      const own = client.namespace === rootNamespace ? privateTable : table;
      const places = [
        own.get(client.namespace),
        table.get(service.namespace),
        table.get(rootNamespace),
      ];
      for (const place of new Set(places)) {
        const byHost = applicable(place, client);
        const host = mostSpecificMatch(service.hostname, byHost.keys());
        const found = host === undefined ? undefined : mergeOnce(byHost.get(host) ?? []);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function tabulate(rules: readonly DestinationRule[]): RuleTable {
  const table = new Map<string, Map<string, DestinationRule[]>>();
  for (const rule of rules) {
    const byHost = table.get(rule.namespace) ?? new Map<string, DestinationRule[]>();
    table.set(rule.namespace, byHost);
    const rivals = byHost.get(rule.host);
    if (rivals === undefined) byHost.set(rule.host, [rule]);
    else rivals.push(rule);
  }
  return table;
}

/** Rules with a workload selector hold in their own namespace only, and go before those without. */
function applicable(
  byHost: ReadonlyMap<string, readonly DestinationRule[]> | undefined,
  client: Client,
): ReadonlyMap<string, readonly DestinationRule[]> {
  const narrowed = new Map<string, readonly DestinationRule[]>();
  for (const [host, rules] of byHost ?? []) {
    const seen = rules.filter((each) => isExportedTo(each, client.namespace));
    const selecting = seen.filter(
      (each) =>
        hasSelector(each) &&
        each.namespace === client.namespace &&
        matchLabels(each.workloadSelector, client.labels),
    );
    const kept =
      selecting.length > 0
        ? selecting.filter((each) => hasSameSelector(each, selecting[0]))
        : seen.filter((each) => !hasSelector(each));
    if (kept.length > 0) narrowed.set(host, kept);
  }
  return narrowed;
}

/** Only rules with one selector are one rule; of several that hold the oldest counts. */
function hasSameSelector(rule: DestinationRule, other: DestinationRule | undefined): boolean {
  return isDeepStrictEqual(rule.workloadSelector, other?.workloadSelector);
}

function isPrivate({ namespace, exportTo }: DestinationRule): boolean {
  return exportTo.length > 0 && exportTo.every((each) => each === "." || each === namespace);
}

function hasSelector({ workloadSelector }: DestinationRule): boolean {
  return Object.keys(workloadSelector).length > 0;
}
