import type { Scope } from "../scope.ts";
import type { RoleResources } from "./role-resources.ts";

/** A gateway. */
export function translateGateway(_scope: Scope): RoleResources {
  return { listeners: [], routes: [], clusters: [] };
}
