import { hostname } from "node:os";

/** Where a service listens, what it calls itself, and where its neighbours are. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** `v1`, `v2` …: what the page shows, so that one can see who answered. */
  readonly version: string;
  /** Name of the instance, as the page shows it. */
  readonly podName: string;
  /** Base URLs of the services that this one may call. */
  readonly details: string;
  readonly ratings: string;
  readonly reviews: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment: `HOST` and `PORT` (from the launcher), `SERVICE_VERSION`, `POD_NAME`, and
 * the variables of Istio's sample, `DETAILS_HOSTNAME`, `DETAILS_SERVICE_PORT`, `SERVICES_DOMAIN` …
 */
export function readSettings(environment: Environment): Settings {
  const port = Number(environment.PORT ?? 9080);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT=${environment.PORT} is not a port; use a number from 0 to 65535`);
  }
  return {
    host: environment.HOST ?? "127.0.0.1",
    port,
    version: environment.SERVICE_VERSION ?? "v1",
    podName: environment.POD_NAME ?? environment.HOSTNAME ?? hostname(),
    details: neighbour(environment, "details"),
    ratings: neighbour(environment, "ratings"),
    reviews: neighbour(environment, "reviews"),
  };
}

function neighbour(environment: Environment, name: string): string {
  const prefix = name.toUpperCase();
  const host = environment[`${prefix}_HOSTNAME`] ?? name;
  const domain = environment.SERVICES_DOMAIN;
  const port = environment[`${prefix}_SERVICE_PORT`] ?? "9080";
  return `http://${host}${domain === undefined ? "" : `.${domain}`}:${port}`;
}
