/** Why bytes were refused. A server codec answers `status`; towards an upstream it becomes a 502. */
export interface ParseFailure {
  readonly status: number;
  readonly detail: string;
}

/** The commonest verdict. */
export function badRequest(detail: string): ParseFailure {
  return { status: 400, detail };
}
