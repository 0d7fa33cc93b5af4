import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createRegistry, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { HeaderMatcherSchema } from "@weft/api/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "@weft/api/envoy/config/route/v3/route_pb.js";
import { parse } from "yaml";
import type { RequestHead } from "../codec/codec.ts";
import { toProtobufJson } from "../config/envoy-json.ts";
import { fakeConnection, fakeRequest } from "../http/fixture/fake-downstream.ts";
import { routeTable } from "../http/fixture/http-fixture.ts";
import { HeaderMap } from "../http/header-map.ts";
import { renderLocalReply } from "../http/local-reply.ts";
import { StreamInfo } from "../http/stream-info.ts";
import { prepareUpstreamHead } from "../http-filter/router/upstream-head.ts";
import { redirectLocation, tlsRedirectLocation } from "./action/redirect.ts";
import { compileHeaderMatcher, matchHeader } from "./match/header-matcher.ts";
import { matchRoute } from "./match-route.ts";
import { applyHeaderMutations } from "./mutation/header-mutations.ts";
import type { RouteDecision } from "./route-table.ts";

const data = process.env.WEFT_CONFORMANCE_DATA ?? "../shared/conformance";
const folder = `${data}/envoy/router-check`;

/** What uses more than routes can do here: the configuration is refused, and says why. */
const REFUSED = new Map([["DynamicMetadata", /dynamic_metadata/]]);
/** Expectations for another file's routes, each of them wrong on purpose. */
const WRONG = { name: "TestRoutesFailures", routes: "TestRoutes" };

describe("Envoy's router-check tests", {
  skip: existsSync(folder) ? false : `no ${folder}`,
}, () => {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const file of names.filter((name) => name.endsWith(".golden.proto.json"))) {
    const name = file.replace(".golden.proto.json", "");
    const routes = name === WRONG.name ? WRONG.routes : name;
    const yaml = () => parse(readFileSync(`${folder}/${routes}.yaml`, "utf8")) as JsonObject;
    const why = REFUSED.get(name);
    if (why !== undefined) {
      test(`${name}: is refused`, () => assert.throws(() => toTable(yaml()), why));
      continue;
    }
    const table = toTable(yaml());
    // One of the files has a trailing comma, which YAML forgives.
    const golden = parse(readFileSync(`${folder}/${file}`, "utf8")) as Golden;
    for (const { test_name, input, validate } of golden.tests) {
      if (name === "Runtime" && !isAtDefault(input)) continue;
      test(`${name}: ${test_name}`, () => {
        if (name === WRONG.name) checkThatEachFails(table, input, validate);
        else check(table, input, validate);
      });
    }
  }
});

/**
 * The tool's runtime knows a key only where the test names it, while here each is always at its default.
 * And a 0 drawn for 0 % counts as chosen there, which it does not in Envoy itself.
 */
function isAtDefault({ runtime, random_value = 0 }: Input): boolean {
  return runtime !== undefined && random_value > 0;
}

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
  readonly internal?: boolean;
  readonly runtime?: string;
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
  if (input.internal === true) request.headers.add("x-envoy-internal", "true");
  for (const { key, value } of input.additional_request_headers ?? []) {
    request.headers.add(key.toLowerCase(), value);
  }
  const connection = fakeConnection({ remote: { address: "127.0.0.1", port: 40_000 } });
  const info = new StreamInfo(connection, request, 0, 0);
  const decision = matchRoute(table, request, () => ((input.random_value ?? 0) % 100) / 100);
  info.route = decision;
  const outcome = carryOut(decision, request, info);
  for (const { key, value } of input.additional_response_headers ?? []) {
    outcome.response.add(key.toLowerCase(), value);
  }
  if (decision !== undefined) {
    applyHeaderMutations(decision.responseMutations, outcome.response, info);
  }
  const { cluster = "", virtualHost = "", location = "", status = 0 } = outcome;
  if (want.cluster_name !== undefined) assert.equal(cluster, want.cluster_name);
  if (want.virtual_host_name !== undefined) assert.equal(virtualHost, want.virtual_host_name);
  if (want.path_redirect !== undefined) assert.equal(location, want.path_redirect);
  if (want.code_redirect !== undefined) assert.equal(status, want.code_redirect);
  // What is answered here is rewritten for nobody.
  const isForwarded = outcome.cluster !== undefined;
  if (want.host_rewrite !== undefined) {
    assert.equal(isForwarded ? request.authority : "", want.host_rewrite);
  }
  if (want.path_rewrite !== undefined) {
    assert.equal(isForwarded ? request.path : "", want.path_rewrite);
  }
  checkHeaders(want.request_header_matches, request);
  checkHeaders(want.response_header_matches, { ...request, headers: outcome.response });
}

function checkThatEachFails(
  table: ReturnType<typeof routeTable>,
  input: Input,
  want: Validation,
): void {
  const matchers = want.response_header_matches ?? [];
  assert.ok(matchers.length > 0);
  for (const matcher of matchers) {
    assert.throws(
      () => check(table, input, { response_header_matches: [matcher] }),
      assert.AssertionError,
    );
  }
}

/** What the tool tells of a route: where it forwards to, or what it answers itself, never both. */
interface Outcome {
  readonly cluster?: string;
  readonly virtualHost?: string;
  /** Of a redirect; a direct response has the request's own URL here. */
  readonly location?: string;
  readonly status?: number;
  readonly response: HeaderMap;
}

function carryOut(
  decision: RouteDecision | undefined,
  request: RequestHead,
  info: StreamInfo,
): Outcome {
  const response = new HeaderMap();
  if (decision === undefined) return { response };
  const { action, virtualHost } = decision.route;
  const tlsLocation = tlsRedirectLocation(virtualHost.tlsRequirement, request);
  if (tlsLocation !== undefined) return { location: tlsLocation, status: 301, response };
  switch (action.kind) {
    case "redirect":
      return { location: redirectLocation(action, request), status: action.status, response };
    case "direct-response": {
      const { status, body } = action;
      const reply = { status, body, detail: "direct_response" };
      const { head } = renderLocalReply(reply, { isGrpc: false, isHead: false });
      // Envoy leaves the length of nothing to the codec.
      if (body === "") head.headers.remove("content-length");
      const location = `${request.scheme}://${request.authority}${request.path}`;
      return { location, status, response: head.headers };
    }
    case "non-forwarding":
      return { response };
    case "forward":
      prepareUpstreamHead(request, info, decision, action, true);
      return { cluster: decision.cluster, virtualHost: virtualHost.name, response };
  }
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
