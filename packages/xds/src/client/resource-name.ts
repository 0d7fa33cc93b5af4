import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** All types of resource keep their name (a load assignment its cluster's) in field 1. */
const NAME_FIELD = 1;

/** The name inside an encoded resource, which the state-of-the-world variant does not send beside it. */
export function resourceName(bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes);
  let name = "";
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === NAME_FIELD && wireType === WireType.LengthDelimited) name = reader.string();
    else reader.skip(wireType, field);
  }
  return name;
}
