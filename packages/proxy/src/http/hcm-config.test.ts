import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "./fixture/http-fixture.ts";

const ROUTES = inlineRoutes(routeToA());
const percent = (value: number) => ({ value });

describe("a connection manager that cannot be", () => {
  const cases: readonly (readonly [title: string, manager: JsonObject, want: RegExp])[] = [
    ["has no name for its stats", { ...ROUTES, statPrefix: "" }, /stat_prefix: is required/],
    ["has no routes", {}, /route_specifier: needs rds or route_config/],
    ["has RDS without a name", { rds: {} }, /rds.route_config_name: is required/],
    ["has scoped routes", { scopedRoutes: { name: "x" } }, /scoped_routes: is not supported/],
    ["speaks HTTP/3", { ...ROUTES, codecType: "HTTP3" }, /codec_type: HTTP\/3 is not supported/],
    ["has no filters", { ...ROUTES, httpFilters: [] }, /http_filters: must end in the router/],
    [
      "traces to somebody",
      { ...ROUTES, tracing: { provider: { name: "x" } } },
      /tracing.provider: is not/,
    ],
    ["maps local replies", { ...ROUTES, localReplyConfig: {} }, /local_reply_config: is not/],
    [
      "refuses underscores",
      { ...ROUTES, commonHttpProtocolOptions: { headersWithUnderscoresAction: "REJECT_REQUEST" } },
      /headers_with_underscores_action: is not/,
    ],
    [
      "ends old connections",
      { ...ROUTES, commonHttpProtocolOptions: { maxConnectionDuration: "1s" } },
      /max_connection_duration: is not/,
    ],
    [
      "has filters for upgrades",
      { ...ROUTES, upgradeConfigs: [{ upgradeType: "websocket", filters: [ROUTER] }] },
      /upgrade_configs.filters: is not/,
    ],
    ["adds a user agent", { ...ROUTES, addUserAgent: true }, /add_user_agent: is not/],
  ];
  for (const [title, manager, want] of cases) {
    test(`is refused by name: it ${title}`, () => {
      assert.throws(() => createHttpFixture(manager), want);
    });
  }

  test("is not one whose tracing only says how much", () => {
    const tracing = { clientSampling: percent(100), randomSampling: percent(1) };
    assert.doesNotThrow(() => createHttpFixture({ ...ROUTES, tracing }));
  });
});

describe("routes that have not come yet", () => {
  test("are no route", () => {
    const mesh = createHttpFixture({ rds: { routeConfigName: "later" }, ...accessLog() });
    assert.equal(mesh.send({}).status, 404);
    assert.deepEqual(mesh.log, ["NR route_not_found"]);
  });
});

describe("an upgrade", () => {
  const ask = (manager: JsonObject, route: JsonObject, upgrade = "WebSocket") =>
    createHttpFixture({ ...inlineRoutes(routeToA(route)), ...manager }).send({
      headers: { upgrade },
      endStream: false,
    }).status;
  const websocket = (enabled: boolean) => ({
    upgradeConfigs: [{ upgradeType: "websocket", enabled }],
  });

  for (const [title, manager, route, want] of [
    ["is refused where nobody allows it", {}, {}, 403],
    ["is allowed by the manager, in any case of letters", websocket(true), {}, undefined],
    ["is refused by the manager", websocket(false), {}, 403],
    ["is refused by the route before the manager", websocket(true), websocket(false), 403],
    ["is allowed by the route before the manager", websocket(false), websocket(true), undefined],
  ] as const) {
    test(title, () => assert.equal(ask(manager, route), want));
  }

  test("of another kind is refused", () => assert.equal(ask(websocket(true), {}, "h2c"), 403));
});

describe("a filter that a route switches", () => {
  const FAULT = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
  const abort = { httpStatus: 418, percentage: { numerator: 100, denominator: "HUNDRED" } };
  const status = (filter: JsonObject, envelope?: JsonObject) =>
    createHttpFixture({
      httpFilters: [{ name: "fault", typedConfig: { "@type": FAULT, abort }, ...filter }, ROUTER],
      ...inlineRoutes(
        routeToA(
          {},
          envelope && {
            typedPerFilterConfig: {
              fault: {
                "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
                ...envelope,
              },
            },
          },
        ),
      ),
    }).send({}).status;

  for (const [title, filter, envelope, want] of [
    ["works untouched", {}, undefined, 418],
    ["is off", {}, { disabled: true }, undefined],
    ["is off from the start", { disabled: true }, undefined, undefined],
    ["is on again", { disabled: true }, { config: {} }, 418],
    ["is off again", {}, { disabled: true, config: {} }, undefined],
  ] as const) {
    test(title, () => assert.equal(status(filter, envelope), want));
  }

  test("is on where the route configures it, though it is off by default", () => {
    const config = { "@type": FAULT, abort: { ...abort, httpStatus: 503 } };
    assert.equal(status({ disabled: true }, { config }), 503);
  });

  test("is refused where the envelope says nothing", () => {
    assert.throws(
      () => status({}, {}),
      /typed_per_filter_config\["fault"\]: needs config or disabled/,
    );
  });

  test("takes the route's config from the envelope", () => {
    const config = { "@type": FAULT, abort: { ...abort, httpStatus: 503 } };
    assert.equal(status({}, { config }), 503);
  });
});

describe("a filter that nobody knows", () => {
  const UNKNOWN = {
    name: "x",
    typedConfig: { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig" },
  };

  test("is refused by its type, unless it is optional", () => {
    const chain = (more: JsonObject) => ({
      ...ROUTES,
      httpFilters: [{ ...UNKNOWN, ...more }, ROUTER],
    });
    assert.throws(
      () => createHttpFixture(chain({})),
      /http_filters\[0\]\.typed_config: ".*FilterConfig" is not an HTTP filter known here/,
    );
    assert.equal(createHttpFixture(chain({ isOptional: true })).send({}).status, undefined);
  });
});
