import {
  array,
  boolean,
  duration,
  integer,
  map,
  number,
  object,
  port,
  required,
  string,
  unchecked,
  unsupported,
  word,
} from "../schema/form.ts";
import { documentFields } from "./metadata.ts";

/** Exactly one of the three. */
export const stringMatch = object(
  { exact: string(), prefix: string(), regex: string({ format: "regex", maxLength: 1024 }) },
  { exclusive: [["exact", "prefix", "regex"]] },
);

/** A service, a subset of it, a port of it. */
export const destination = object({
  host: required(string({ format: "host", minLength: 1 })),
  subset: string({ minLength: 1 }),
  port: object({ number: port() }),
});

const headerChange = object({
  set: map(string(), { keyFormat: "header" }),
  add: map(string(), { keyFormat: "header" }),
  remove: array(string({ format: "header" })),
});

const headers = object({ request: headerChange, response: headerChange });

const percentage = object({ value: number({ min: 0, max: 100 }) });

/** HTTPRetry; MeshConfig's default policy has the same form. */
export const httpRetry = object({
  attempts: integer(),
  perTryTimeout: duration(),
  retryOn: string(),
  retryRemoteLocalities: boolean(),
  retryIgnorePreviousHosts: boolean(),
  backoff: duration(),
});

const corsPolicy = object({
  allowOrigins: array(stringMatch),
  allowOrigin: unsupported("write allowOrigins: [{ exact: … }]"),
  allowMethods: array(string({ minLength: 1 })),
  allowHeaders: array(string({ format: "header" })),
  exposeHeaders: array(string({ format: "header" })),
  maxAge: duration({ minMs: 0 }),
  allowCredentials: boolean(),
  unmatchedPreflights: word(["UNSPECIFIED", "FORWARD"], ["IGNORE"]),
});

const fault = object({
  delay: object(
    {
      fixedDelay: duration(),
      exponentialDelay: unsupported("use fixedDelay"),
      percentage,
      percent: integer({ max: 100 }),
    },
    { exclusive: [["percentage", "percent"]] },
  ),
  abort: object(
    {
      httpStatus: integer({ min: 200, max: 599 }),
      grpcStatus: string({ minLength: 1 }),
      http2Error: unsupported("use httpStatus"),
      percentage,
    },
    { exclusive: [["httpStatus", "grpcStatus"]] },
  ),
});

const redirect = object(
  {
    uri: string(),
    prefixRewrite: unsupported("use uri"),
    authority: string(),
    port: port(),
    derivePort: word(["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"]),
    scheme: string(),
    redirectCode: integer({ min: 300, max: 399 }),
  },
  { exclusive: [["port", "derivePort"]] },
);

const rewrite = object(
  {
    uri: string(),
    authority: string(),
    uriRegexRewrite: object({
      match: required(string({ format: "regex", minLength: 1, maxLength: 1024 })),
      rewrite: string(),
    }),
  },
  { exclusive: [["uri", "uriRegexRewrite"]] },
);

const httpMatch = object({
  name: string(),
  uri: stringMatch,
  ignoreUriCase: boolean(),
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: map(stringMatch, { keyFormat: "header" }),
  withoutHeaders: map(stringMatch, { keyFormat: "header" }),
  queryParams: map(stringMatch),
  port: port(),
  sourceLabels: map(string()),
  sourceNamespace: string({ format: "label" }),
  gateways: array(string({ minLength: 1 })),
  statPrefix: unsupported("read istio_requests_total"),
});

const mirrorPercentage = object({ value: number({ min: 0, max: 100 }) });

/** One of `spec.http`. */
export const httpRoute = object(
  {
    name: string(),
    match: array(httpMatch),
    route: array(object({ destination: required(destination), weight: integer(), headers })),
    redirect,
    directResponse: object({
      status: required(integer({ min: 200, max: 599 })),
      body: object(
        { string: string({ maxLength: 1_048_576 }), bytes: string({ format: "bytes" }) },
        { exclusive: [["string", "bytes"]] },
      ),
    }),
    delegate: unsupported("put the delegate's rules here"),
    rewrite,
    timeout: duration({ minMs: 0 }),
    retries: httpRetry,
    fault,
    mirror: destination,
    mirrors: array(object({ destination: required(destination), percentage })),
    mirrorPercent: integer({ max: 100 }),
    mirror_percent: integer({ max: 100 }),
    mirrorPercentage,
    corsPolicy,
    headers,
  },
  {
    exclusive: [
      ["route", "redirect", "directResponse"],
      ["mirror", "mirrors"],
      ["mirrorPercentage", "mirrorPercent", "mirror_percent"],
    ],
  },
);

const l4Match = {
  destinationSubnets: unsupported("tell destinations apart by host or port"),
  port: port(),
  sourceLabels: map(string()),
  sourceNamespace: string({ format: "label" }),
  gateways: array(string({ minLength: 1 })),
};

const l4Route = required(
  array(object({ destination: required(destination), weight: integer() }), { minItems: 1 }),
);

/** The whole document. https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualService = object({
  ...documentFields,
  spec: required(
    object({
      hosts: required(array(string({ format: "host", minLength: 1 }), { minItems: 1 })),
      gateways: array(string({ minLength: 1 })),
      http: array(httpRoute),
      tls: array(
        object({
          match: required(
            array(
              object({
                sniHosts: required(array(string({ format: "host" }), { minItems: 1 })),
                ...l4Match,
              }),
              { minItems: 1 },
            ),
          ),
          route: l4Route,
        }),
      ),
      tcp: array(
        object({
          match: array(object({ ...l4Match, sourceSubnet: unsupported() })),
          route: l4Route,
        }),
      ),
      exportTo: array(string({ minLength: 1 })),
    }),
  ),
  status: unchecked(),
});
