/**
 * The environment failed us (a peer, a file, a port). `code` is stable and names the cause;
 * `message` is a lower-case phrase that says what happened and, where known, what to try.
 */
export class MeshError extends Error {
  override readonly name: string = "MeshError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whatever was thrown, as an `Error`: once, at the boundary where it is caught. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
