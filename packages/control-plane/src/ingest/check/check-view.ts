import type { Deployment } from "../../model/deployment.ts";
import type { Mesh } from "../../model/mesh.ts";
import type { Resource } from "../../model/resource.ts";
import type { Finding } from "../yaml/source-document.ts";

/** A mesh as checks across resources see it. */
export interface CheckView {
  readonly mesh: Mesh;
  readonly deployments: readonly Deployment[];
  /** Notes what is wrong with `resource`, at the place the finding's path has in its file. */
  report(resource: Resource, finding: Finding): void;
}

/** One rule that needs more than one resource to tell. */
export type Check = (view: CheckView) => void;
