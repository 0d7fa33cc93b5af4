/** Steps from a document's root to a value: keys and indices. */
export type FieldPath = readonly (string | number)[];

/** `spec.http[0].match["a.b"]`: as messages show it. */
export function formatFieldPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[\w-]+$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
