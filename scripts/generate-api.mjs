/**
 * Generates packages/api/generated from the published .proto files of Envoy and xDS and from our
 * own few (packages/api/proto). Runs under any Node from 20 on: it is part of set-up.
 *
 * The published files come inside the npm package @grpc/grpc-js-xds. Its legacy v1 and v2 files and
 * the few that import what it does not ship are left out, and an option that its own copy of the
 * validation rules is too old for is removed; docs/decisions/0002-generated-contracts.md says why.
 */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const PUBLISHED = "node_modules/@grpc/grpc-js-xds/deps";
const MODULES = ["envoy-api", "xds", "googleapis", "protoc-gen-validate"];
const STAGE = ".proto-stage";
/** All descriptors in one file, relative to the stage. */
const IMAGE = "image.binpb";
/** Files that only define annotations. */
const ANNOTATIONS = /^(validate|(udpa|xds|envoy)\/annotations)\//;
const OUTPUT = "packages/api/generated";

/** Paths, relative to the stage, that cannot be compiled without packages that nobody ships. */
const LEFT_OUT = [
  /^\.proto-stage\/(envoy-api|xds)\/.*\/v[12](alpha\d*|beta\d*)?\//,
  /config\/trace\/v3\/(opencensus|trace)\.proto$/,
  /access_loggers\/open_telemetry\/v3\//,
  /service\/metrics\/v3\//,
  /service\/trace\/v3\//,
  /google\/api\/(servicecontrol|servicemanagement)\//,
  /protoc-gen-validate\/(tests|example-workspace|bazel|python|java)\//,
];

export function generateApi() {
  rmSync(STAGE, { recursive: true, force: true });
  rmSync(OUTPUT, { recursive: true, force: true });
  for (const name of MODULES) cpSync(join(PUBLISHED, name), join(STAGE, name), { recursive: true });
  cpSync("packages/api/proto", join(STAGE, "weft"), { recursive: true });
  prune(STAGE);
  const modules = [...MODULES, "weft"].map((name) => ({ path: name }));
  writeFileSync(join(STAGE, "buf.yaml"), JSON.stringify({ version: "v2", modules }));
  const plugin = {
    local: join(process.cwd(), "node_modules/.bin/protoc-gen-es"),
    out: join(process.cwd(), OUTPUT),
    opt: ["target=js+dts", "import_extension=js", "json_types=false"],
    strategy: "all",
    include_imports: true,
  };
  writeFileSync(join(STAGE, "buf.gen.yaml"), JSON.stringify({ version: "v2", plugins: [plugin] }));
  const image = join(STAGE, IMAGE);
  buf(["build", "-o", IMAGE]);
  writeFileSync(image, withoutAnnotations(readFileSync(image)));
  buf(["generate", IMAGE]);
  rmSync(STAGE, { recursive: true, force: true });
}

function buf(parameters) {
  const file = join(process.cwd(), "node_modules/.bin/buf");
  execFileSync(file, parameters, { cwd: STAGE, stdio: "inherit" });
}

/**
 * The descriptors without what they are annotated with (validation rules, status, migration hints):
 * nothing reads it at run time, and every sidecar would hold it in memory.
 */
function withoutAnnotations(bytes) {
  const image = fromBinary(FileDescriptorSetSchema, bytes);
  for (const file of image.file) {
    dropAnnotations(file);
    file.dependency = file.dependency.filter((path) => !ANNOTATIONS.test(path));
  }
  image.file = image.file.filter(({ name }) => !ANNOTATIONS.test(name));
  return toBinary(FileDescriptorSetSchema, image);
}

/** Annotations are extensions of the options that each descriptor may have, at any depth. */
function dropAnnotations(descriptor) {
  delete descriptor.options?.$unknown;
  delete descriptor.sourceCodeInfo;
  for (const value of Object.values(descriptor)) {
    if (Array.isArray(value)) for (const one of value) if (one?.$typeName) dropAnnotations(one);
  }
}

function prune(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!path.endsWith(".proto") || LEFT_OUT.some((pattern) => pattern.test(path))) {
      rmSync(path);
      continue;
    }
    const text = readFileSync(path, "utf8");
    const mended = text.replaceAll(" ignore_empty: true", "");
    if (mended !== text) writeFileSync(path, mended);
  }
}
