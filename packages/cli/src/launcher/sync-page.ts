import { get } from "node:http";

const TIMEOUT_MS = 2000;
/** More than this for some hundreds of proxies is not the page that we asked for. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What the launcher reads of the control plane's `/debug/syncz`. */
export interface SyncPage {
  readonly version: string;
  readonly readyWorkloads: readonly string[];
  readonly proxies: readonly { readonly version: string; readonly isSynced: boolean }[];
}

/** True when every proxy has acknowledged a configuration that knows all of `pods` (`namespace/name`). */
export function knowsAll({ version, readyWorkloads, proxies }: SyncPage, pods: readonly string[]) {
  const known = new Set(readyWorkloads);
  return (
    pods.every((pod) => known.has(pod)) &&
    proxies.every((proxy) => proxy.isSynced && proxy.version === version)
  );
}

/** The page as it is now; undefined when there is none. */
export function readSyncPage(address: string, port: number): Promise<SyncPage | undefined> {
  const { promise, resolve } = Promise.withResolvers<SyncPage | undefined>();
  const options = { host: address, port, path: "/debug/syncz", agent: false };
  const request = get(options, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MAX_BYTES) request.destroy();
    });
    response.once("end", () => resolve(response.statusCode === 200 ? parse(text) : undefined));
  });
  request.setTimeout(TIMEOUT_MS, () => request.destroy());
  request.on("error", () => resolve(undefined));
  request.once("close", () => resolve(undefined));
  return promise;
}

function parse(text: string): SyncPage | undefined {
  try {
    return JSON.parse(text) as SyncPage;
  } catch {
    return undefined;
  }
}
