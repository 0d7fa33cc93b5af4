import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";

/** Builds a message and packs it, as `typed_config` fields want it. */
export function buildAny<Desc extends DescMessage>(
  schema: Desc,
  init?: MessageInitShape<Desc>,
): Any {
  return anyPack(schema, create(schema, init));
}

/** The form that filters, transport sockets, access loggers and retry plug-ins share. */
export interface Extension {
  readonly name: string;
  readonly configType: { readonly case: "typedConfig"; readonly value: Any };
}

/** An extension under its canonical name, with its configuration. */
export function buildExtension<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  init?: MessageInitShape<Desc>,
): Extension {
  return { name, configType: { case: "typedConfig", value: buildAny(schema, init) } };
}
