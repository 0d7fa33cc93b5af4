/**
 * Why there is nothing to run in some files and folders, one line a reason: what is wrong with them,
 * where something is, and that nothing is left otherwise.
 */
export async function explainNoWork(resources: readonly string[]): Promise<readonly string[]> {
  // It takes long to load, and is seldom needed here.
  const { formatProblem, readMesh } = await import("@weft/control-plane");
  const { problems } = await readMesh(resources);
  const errors = problems.filter(({ severity }) => severity === "error").map(formatProblem);
  const paths = resources.join(", ");
  return [...errors, `no Deployment and no Gateway in ${paths}; name a folder that has some`];
}
