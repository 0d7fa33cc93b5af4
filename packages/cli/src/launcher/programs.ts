import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MeshError } from "@weft/core";
import type { Environment } from "../config/env.ts";
import type { Programs } from "./launch-context.ts";

/** Finds the bundled programs: in `dist/` of the checkout that this file belongs to, unless told. */
export function findPrograms({ envoy, programsFolder }: Environment): Programs {
  const dist = programsFolder ?? findDist(dirname(fileURLToPath(import.meta.url)));
  return {
    node: process.execPath,
    proxy: join(dist, "proxy.cjs"),
    controlPlane: join(dist, "control-plane.cjs"),
    envoy,
  };
}

function findDist(folder: string): string {
  const candidate = join(folder, "dist");
  if (existsSync(join(candidate, "proxy.cjs"))) return candidate;
  const parent = dirname(folder);
  if (parent !== folder) return findDist(parent);
  throw new MeshError(
    "not_set_up",
    'dist/proxy.cjs is missing; run "npm run setup" in the checkout',
  );
}
