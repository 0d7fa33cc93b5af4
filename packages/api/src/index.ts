/** The names that both planes must spell alike. Messages are under `@weft/api/…_pb.js`, generated. */
export { ANNOTATION } from "./annotation.ts";
export { NODE_METADATA } from "./node-metadata.ts";
export { TYPE_URL, type TypeUrl } from "./type-url.ts";
