import { findFiles, readText } from "./find-files.ts";
import { type MeshReading, ResourceStore } from "./resource-store.ts";

/** Reads files and folders once. What is wrong is among the problems; it never throws for bad input. */
export async function readMesh(paths: readonly string[]): Promise<MeshReading> {
  const store = new ResourceStore();
  const { files, problems } = await findFiles(paths);
  for (const { file } of files) {
    const text = await readText(file);
    if (typeof text === "string") store.put(file, text);
    else if (text !== undefined) store.fail(file, text);
  }
  const reading = store.read(files.map(({ file }) => file));
  return { ...reading, problems: [...problems, ...reading.problems] };
}
