/**
 * The contracts both planes share: names spelled alike, and the form of users' resources as data.
 * Messages are under `@weft/api/…_pb.js`, generated.
 */
export { ANNOTATION } from "./annotation.ts";
export { NODE_METADATA } from "./node-metadata.ts";
export * as resourceSchema from "./resource/resource-schemas.ts";
export type {
  ArraySchema,
  EnumSchema,
  MapSchema,
  NumberSchema,
  ObjectSchema,
  Schema,
  StringFormat,
  StringSchema,
  ValueOf,
} from "./schema/schema.ts";
export { TYPE_URL, type TypeUrl } from "./type-url.ts";
