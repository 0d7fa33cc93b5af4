import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createRegistry, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { HeaderMatcherSchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { parse } from "yaml";
import { toProtobufJson } from "../config/envoy-json.ts";
import { fakeConnection, fakeRequest } from "../http/fixture/fake-downstream.ts";
import { routeTable } from "../http/fixture/http-fixture.ts";
import { StreamInfo } from "../http/stream-info.ts";
import { prepareUpstreamHead } from "../http-filter/router/upstream-head.ts";
import { redirectLocation } from "./action/redirect.ts";
import { compileHeaderMatcher, matchHeader } from "./match/header-matcher.ts";
import { matchRoute } from "./match-route.ts";
import { applyHeaderMutations } from "./mutation/header-mutations.ts";

const data = process.env.WEFT_CONFORMANCE_DATA ?? "../shared/conformance";
const folder = `${data}/envoy/router-check`;

/** What Envoy's own tool checks, and what this proxy has no such thing for. */
const SKIPPED = new Map([
  ["TestRoutesFailures", "expects failures of the tool itself"],
  ["DynamicMetadata", "dynamic metadata in routes is refused"],
  ["Runtime", "there is no runtime layer"],
]);

describe("Envoy's router-check tests", {
  skip: existsSync(folder) ? false : `no ${folder}`,
}, () => {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const file of names.filter((name) => name.endsWith(".golden.proto.json"))) {
    const name = file.replace(".golden.proto.json", "");
    const why = SKIPPED.get(name);
    if (why !== undefined) {
      test(name, { skip: why });
      continue;
    }
    const table = toTable(parse(readFileSync(`${folder}/${name}.yaml`, "utf8")));
    // One of the files has a trailing comma, which YAML forgives.
    const golden = parse(readFileSync(`${folder}/${file}`, "utf8")) as Golden;
    for (const { test_name, input, validate } of golden.tests) {
      test(`${name}: ${test_name}`, () => check(table, input, validate));
    }
  }
});

interface Golden {
  readonly tests: readonly {
    readonly test_name: string;
    readonly input: Input;
    readonly validate: Validation;
  }[];
}

interface Input {
  readonly authority: string;
  readonly path: string;
  readonly method?: string;
  readonly random_value?: number;
  readonly ssl?: boolean;
  readonly additional_request_headers?: readonly { readonly key: string; readonly value: string }[];
  readonly additional_response_headers?: readonly {
    readonly key: string;
    readonly value: string;
  }[];
}

interface Validation {
  readonly cluster_name?: string;
  readonly virtual_host_name?: string;
  readonly host_rewrite?: string;
  readonly path_rewrite?: string;
  readonly path_redirect?: string;
  readonly code_redirect?: number;
  readonly request_header_matches?: readonly JsonObject[];
  readonly response_header_matches?: readonly JsonObject[];
}

function check(table: ReturnType<typeof routeTable>, input: Input, want: Validation): void {
  const request = fakeRequest({
    authority: input.authority,
    path: input.path,
    method: input.method ?? "GET",
    scheme: input.ssl === true ? "https" : "http",
  });
  for (const { key, value } of input.additional_request_headers ?? []) {
    request.headers.add(key.toLowerCase(), value);
  }
  const info = new StreamInfo(fakeConnection(), request, 0, 0);
  const decision = matchRoute(table, request, () => ((input.random_value ?? 0) % 100) / 100);
  info.route = decision;
  const action = decision?.route.action;
  if (want.cluster_name !== undefined) assert.equal(decision?.cluster ?? "", want.cluster_name);
  if (want.virtual_host_name !== undefined) {
    assert.equal(decision?.route.virtualHost.name ?? "", want.virtual_host_name);
  }
  if (want.path_redirect !== undefined) {
    const isHttpsOnly = decision?.route.virtualHost.requiresTls === true && input.ssl !== true;
    const location =
      action?.kind === "redirect"
        ? redirectLocation(action, request)
        : isHttpsOnly
          ? `https://${request.authority}${request.path}`
          : "";
    assert.equal(location, want.path_redirect);
  }
  if (want.code_redirect !== undefined) {
    assert.equal(action?.kind === "redirect" ? action.status : 0, want.code_redirect);
  }
  if (decision !== undefined && action?.kind === "forward") {
    prepareUpstreamHead(request, info, decision, action, true);
  }
  if (want.host_rewrite !== undefined) assert.equal(request.authority, want.host_rewrite);
  if (want.path_rewrite !== undefined) assert.equal(request.path, want.path_rewrite);
  checkHeaders(want.request_header_matches, request);
  const response = fakeRequest();
  for (const { key, value } of input.additional_response_headers ?? []) {
    response.headers.add(key.toLowerCase(), value);
  }
  if (decision !== undefined)
    applyHeaderMutations(decision.responseMutations, response.headers, info);
  checkHeaders(want.response_header_matches, response);
}

function checkHeaders(
  matchers: readonly JsonObject[] | undefined,
  head: ReturnType<typeof fakeRequest>,
) {
  for (const json of matchers ?? []) {
    const matcher = compileHeaderMatcher(fromJson(HeaderMatcherSchema, json), "header");
    assert.ok(
      matchHeader(matcher, head),
      `${JSON.stringify(json)} in ${head.headers.flat.join(" ")}`,
    );
  }
}

/** Durations come as objects here, and virtual clusters only name statistics. */
function toTable(yaml: JsonObject): ReturnType<typeof routeTable> {
  for (const virtualHost of yaml.virtual_hosts as JsonObject[]) {
    delete virtualHost.virtual_clusters;
  }
  return routeTable(toProtobufJson(RouteConfigurationSchema, yaml, createRegistry()) as JsonObject);
}
