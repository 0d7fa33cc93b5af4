import { delimiter, dirname } from "node:path";
import type { ProxyAddress } from "../address/address-plan.ts";
import type { PodFacts } from "../state/pod-file.ts";

/** The application's own address: nobody but its sidecar is told. */
export const APPLICATION_HOST = "127.0.0.1";

const NOT_PROXIED = "127.0.0.1,localhost";

/** Whether traffic of an application goes through a sidecar. */
export type Company = "sidecar" | "alone";

/** The environment of an application: where to listen, who it is, and where its sidecar is. */
export function buildApplicationEnvironment(options: {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Node 26: `node` in a command means this one. */
  readonly node: string;
  readonly pod: PodFacts;
  readonly place: ProxyAddress;
  /** `alone`: it listens at its pod's address itself, and finds no proxy. */
  readonly company: Company;
  /** Container port → port to listen on, of this container; the first is `PORT`. */
  readonly ports: ReadonlyMap<number, number>;
  /** Of the container and of the map, the latter wins. */
  readonly own: Readonly<Record<string, string>>;
}): Readonly<Record<string, string | undefined>> {
  const { inherited, node, pod, place, company, ports, own } = options;
  const [firstPort] = ports.values();
  return {
    ...withoutOurs(inherited),
    PATH: `${dirname(node)}${delimiter}${inherited.PATH ?? ""}`,
    // As in a pod, the host is called like the pod.
    HOSTNAME: pod.name,
    ...own,
    HOST: company === "alone" ? place.address : APPLICATION_HOST,
    ...(firstPort !== undefined && { PORT: String(firstPort) }),
    ...Object.fromEntries([...ports].map(([from, to]) => [`PORT_${from}`, String(to)])),
    ...(company === "sidecar" && proxyVariables(place)),
    WEFT_POD: pod.name,
    WEFT_NAMESPACE: pod.namespace,
    WEFT_SERVICE_ACCOUNT: pod.serviceAccount,
    WEFT_WORKLOAD: pod.workload,
    WEFT_POD_ADDRESS: place.address,
  };
}

function proxyVariables({ address, outboundPort }: ProxyAddress): Readonly<Record<string, string>> {
  const proxy = `http://${address}:${outboundPort}`;
  return {
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    grpc_proxy: proxy,
    NO_PROXY: NOT_PROXIED,
    no_proxy: NOT_PROXIED,
    NODE_USE_ENV_PROXY: "1",
  };
}

/** What npm, an outer Weft or Node itself put there is nothing of the application's. */
function withoutOurs(
  inherited: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(inherited).filter(([name]) => !/^(WEFT_|npm_|NODE_CHANNEL_)/.test(name)),
  );
}
