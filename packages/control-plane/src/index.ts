/** The control plane: ingest, model, translate, push, CA. */
export { type ControlPlane, type ControlPlaneConfig, createControlPlane } from "./control-plane.ts";
