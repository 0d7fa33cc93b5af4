import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MeshError } from "@weft/core";
import type { Environment } from "../config/env.ts";
import type { Programs } from "./launch-context.ts";

/** Finds the bundled programs: `dist/` of the checkout that this file belongs to. */
export function findPrograms({ envoy }: Pick<Environment, "envoy">): Programs {
  const dist = findDist(dirname(fileURLToPath(import.meta.url)));
  return {
    node: process.execPath,
    proxy: join(dist, "proxy.mjs"),
    controlPlane: join(dist, "control-plane.mjs"),
    envoy,
  };
}

function findDist(folder: string): string {
  const candidate = join(folder, "dist");
  if (existsSync(join(candidate, "proxy.mjs"))) return candidate;
  const parent = dirname(folder);
  if (parent !== folder) return findDist(parent);
  throw new MeshError(
    "not_set_up",
    'dist/proxy.mjs is missing; run "npm run setup" in the checkout',
  );
}
