import type { MeshConfig } from "../model/mesh-config.ts";
import type { Problem } from "../model/problem.ts";
import type { ProxyNode } from "../model/proxy-node.ts";
import type { Origin } from "../model/resource.ts";
import type { Service } from "../model/service.ts";
import type { Registry } from "../registry/registry.ts";

/** What every part of one translation works with: one proxy's view of one mesh. */
export interface Scope {
  readonly config: MeshConfig;
  readonly registry: Registry;
  readonly proxy: ProxyNode;
  /** Weft's own proxy: knows the `istio.*` filters, and not yet all of Envoy's. */
  readonly isWeft: boolean;
  /** Visible to the proxy, sorted by hostname. */
  readonly services: readonly Service[];
  /** Notes what the user should fix; the same problem counts once. */
  report(origin: Origin, problem: ReportedProblem): void;
}

/** A problem without its place, which the origin gives. */
export type ReportedProblem = Pick<Problem, "code" | "field" | "message" | "remedy">;

/** A {@link Scope}, and what was reported to it. */
export interface ProblemScope extends Scope {
  readonly problems: () => readonly Problem[];
}

/** Opens the view that `proxy` has of the registry's mesh. */
export function createScope(registry: Registry, proxy: ProxyNode): ProblemScope {
  const problems = new Map<string, Problem>();
  const services = registry.visibleServices(proxy.namespace);
  return {
    config: registry.mesh.config,
    registry,
    proxy,
    isWeft: proxy.weftVersion !== "",
    services: [...services].sort((a, b) => compareText(a.hostname, b.hostname)),
    report(origin, { code, field, message, remedy }) {
      const { file, line } = origin;
      const place = { file, line, column: 1, field };
      const problem: Problem = { severity: "error", code, ...place, message, remedy };
      problems.set(JSON.stringify([code, origin, field, message]), problem);
    },
    problems: () => [...problems.values()],
  };
}

/** Order by code units: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
