import type { Deployment } from "../model/deployment.ts";
import type { Mesh } from "../model/mesh.ts";
import type { Problem } from "../model/problem.ts";
import type { Resource } from "../model/resource.ts";
import { checkDestinations } from "./check/check-destinations.ts";
import { checkGatewayNames, checkGatewaySelectors } from "./check/check-gateways.ts";
import { checkConflictingHosts, checkReachability, checkRuleHosts } from "./check/check-rules.ts";
import type { Check } from "./check/check-view.ts";
import { DEFAULT_MESH_CONFIG } from "./kind/mesh-config.ts";
import type { ParsedResource } from "./parse-file.ts";
import type { ResourceContent } from "./resource-kind.ts";

/** What a set of resources comes to. */
export interface AssembledMesh {
  readonly mesh: Mesh;
  readonly deployments: readonly Deployment[];
}

/** Something that only shows when resources are seen together, with the resource it is wrong with. */
export interface CrossProblem {
  readonly resource: ParsedResource;
  readonly problem: Problem;
}

const CHECKS: readonly Check[] = [
  checkDestinations,
  checkGatewayNames,
  checkGatewaySelectors,
  checkRuleHosts,
  checkReachability,
  checkConflictingHosts,
];

/** Puts the contents of documents together, in the order in which Istio settles conflicts. */
export function assembleMesh(resources: readonly ParsedResource[]): AssembledMesh {
  const contents = resources.flatMap(({ content }) => content ?? []);
  const collect = <Item extends Resource>(
    select: (content: ResourceContent) => readonly Item[] | undefined,
  ) => contents.flatMap((content) => select(content) ?? []).sort(byAge);
  const meshConfigs = contents.flatMap(({ meshConfig }) => meshConfig ?? []);
  return {
    mesh: {
      config: meshConfigs[0] ?? DEFAULT_MESH_CONFIG,
      services: collect(({ services }) => services),
      workloads: collect(({ workloads }) => workloads),
      virtualServices: collect(({ virtualServices }) => virtualServices),
      destinationRules: collect(({ destinationRules }) => destinationRules),
      gateways: collect(({ gateways }) => gateways),
      peerAuthentications: collect(({ peerAuthentications }) => peerAuthentications),
    },
    deployments: collect(({ deployments }) => deployments),
  };
}

/** Asks every check about the resources as a whole. */
export function checkMesh(
  resources: readonly ParsedResource[],
  { mesh, deployments }: AssembledMesh,
): readonly CrossProblem[] {
  const problems: CrossProblem[] = [];
  const owners = new Map<Resource, ParsedResource>();
  for (const resource of resources) {
    for (const model of Object.values(resource.content ?? {})) {
      if (Array.isArray(model)) for (const each of model) owners.set(each as Resource, resource);
    }
  }
  for (const check of CHECKS) {
    check({
      mesh,
      deployments,
      report(model, finding) {
        const resource = owners.get(model);
        const problem = resource?.document?.problem(finding);
        if (resource === undefined || problem === undefined) return;
        problems.push({ resource, problem });
      },
    });
  }
  return problems;
}

function byAge(left: Resource, right: Resource): number {
  return (
    left.createdAtMs - right.createdAtMs ||
    compareText(left.namespace, right.namespace) ||
    compareText(left.name, right.name)
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
