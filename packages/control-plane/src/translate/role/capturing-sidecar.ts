import type { Scope } from "../scope.ts";
import type { RoleResources } from "./role-resources.ts";

/** A sidecar whose traffic is captured (`INTERCEPTION_MODE: REDIRECT`). */
export function translateCapturingSidecar(_scope: Scope): RoleResources {
  return { listeners: [], routes: [], clusters: [] };
}
