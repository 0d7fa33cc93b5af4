import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { type Random, seededRandom } from "@weft/core";
import {
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "../../http/fixture/http-fixture.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";

const DELAY_5S_FOR_10_PERCENT = {
  delay: { fixedDelay: "5s", percentage: { numerator: 10, denominator: "HUNDRED" } },
};

const ALWAYS = { numerator: 100, denominator: "HUNDRED" };

/** A mesh whose every route has `fault`, and that writes flags and details of each request. */
function setUp(fault: JsonObject, random: Random = () => 0, route: JsonObject = {}) {
  return createHttpFixture(
    {
      httpFilters: [
        { name: "envoy.filters.http.fault", typedConfig: { "@type": TYPE, ...fault } },
        ROUTER,
      ],
      ...inlineRoutes(routeToA(route)),
      accessLog: [
        {
          name: "envoy.access_loggers.file",
          typedConfig: {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path: "/dev/stdout",
            logFormat: {
              textFormatSource: { inlineString: "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%" },
            },
          },
        },
      ],
    },
    { random },
  );
}

describe("a delay of 5 s for 10 % of requests", () => {
  for (const [draw, isDelayed] of [
    [0, true],
    [0.0999, true],
    [0.1, false],
    [0.9999, false],
  ] as const) {
    test(`a draw of ${draw} ${isDelayed ? "waits" : "goes on at once"}`, () => {
      const mesh = setUp(DELAY_5S_FOR_10_PERCENT, () => draw);
      mesh.send({});
      assert.equal(mesh.cluster("a").upstreams.length, isDelayed ? 0 : 1);
    });
  }

  test("the request goes on after 5 s, not a moment sooner, and says that it was delayed", () => {
    const mesh = setUp(DELAY_5S_FOR_10_PERCENT);
    const client = mesh.send({});
    mesh.clock.advanceMs(4999);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
    mesh.clock.advanceMs(1);
    mesh.cluster("a").last.respond(200);
    assert.equal(client.status, 200);
    assert.deepEqual(mesh.log, ["DI via_upstream"]);
  });

  test("of 10,000 requests a share within three standard deviations waits", () => {
    const mesh = setUp(DELAY_5S_FOR_10_PERCENT, seededRandom(2026));
    for (let count = 0; count < 10_000; count += 1) mesh.send({});
    const delayedCount = 10_000 - mesh.cluster("a").upstreams.length;
    assert(Math.abs(delayedCount - 1000) <= 3 * Math.sqrt(10_000 * 0.1 * 0.9), `${delayedCount}`);
    mesh.clock.advanceMs(5000);
    assert.equal(mesh.cluster("a").upstreams.length, 10_000);
  });

  test("a body that comes meanwhile is held, not lost", () => {
    const mesh = setUp(DELAY_5S_FOR_10_PERCENT);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("held"), true);
    mesh.clock.advanceMs(5000);
    assert.equal(mesh.cluster("a").last.body, "held");
    assert.equal(mesh.cluster("a").last.hasEnded, true);
  });

  test("a client that goes away is not sent on when its time comes", () => {
    const mesh = setUp(DELAY_5S_FOR_10_PERCENT);
    mesh.send({}).receiver?.onReset("connection-closed");
    mesh.clock.advanceMs(5000);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
    assert.match(mesh.log[0] ?? "", /DC/);
  });

  test("a route's timeout that is shorter answers 504 in its time", () => {
    const mesh = setUp(DELAY_5S_FOR_10_PERCENT, () => 0, { timeout: "2s" });
    const client = mesh.send({});
    mesh.clock.advanceMs(1999);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.equal(client.status, 504);
    assert.match(mesh.log[0] ?? "", /^(UT,DI|DI,UT) /);
    mesh.clock.advanceMs(5000);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
  });
});

describe("an abort", () => {
  const abort = {
    abort: { httpStatus: 503, percentage: { numerator: 50, denominator: "HUNDRED" } },
  };

  test("answers without asking the upstream", () => {
    const mesh = setUp(abort, () => 0.49);
    const client = mesh.send({});
    assert.deepEqual([client.status, client.body], [503, "fault filter abort"]);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
    assert.deepEqual(mesh.log, ["FI fault_filter_abort"]);
  });

  test("leaves the other half alone", () => {
    const mesh = setUp(abort, () => 0.5);
    mesh.send({});
    assert.equal(mesh.cluster("a").upstreams.length, 1);
  });

  test("with a gRPC status answers 200 and that status", () => {
    const mesh = setUp({ abort: { grpcStatus: 14, percentage: ALWAYS } });
    const client = mesh.send({ method: "POST", headers: { "content-type": "application/grpc" } });
    assert.equal(client.status, 200);
    assert.equal(client.head?.headers.get("grpc-status"), "14");
  });

  test("after a delay comes when the delay is over", () => {
    const mesh = setUp({
      delay: { fixedDelay: "1s", percentage: ALWAYS },
      abort: { httpStatus: 500, percentage: ALWAYS },
    });
    const client = mesh.send({});
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1000);
    assert.equal(client.status, 500);
    assert.match(mesh.log[0] ?? "", /^(DI,FI|FI,DI) /);
  });
});

describe("whom a fault hits", () => {
  const abortAlways = { abort: { httpStatus: 418, percentage: ALWAYS } };

  test("only requests with the named headers", () => {
    const fault = {
      ...abortAlways,
      headers: [{ name: "end-user", stringMatch: { exact: "jason" } }],
    };
    assert.equal(setUp(fault).send({ headers: { "end-user": "jason" } }).status, 418);
    assert.equal(setUp(fault).send({ headers: { "end-user": "other" } }).status, undefined);
  });

  test("only requests to the named cluster", () => {
    assert.equal(setUp({ ...abortAlways, upstreamCluster: "a" }).send({}).status, 418);
    assert.equal(setUp({ ...abortAlways, upstreamCluster: "b" }).send({}).status, undefined);
  });

  test("a percentage that nobody wrote is none", () => {
    assert.equal(setUp({ abort: { httpStatus: 418, percentage: {} } }).send({}).status, undefined);
  });

  test("no more at a time than max_active_faults", () => {
    const delay = { fixedDelay: "1s", percentage: ALWAYS };
    const mesh = setUp({ delay, maxActiveFaults: 1 });
    mesh.send({});
    mesh.send({});
    assert.equal(mesh.cluster("a").upstreams.length, 1, "the second finds the place taken");
    mesh.clock.advanceMs(1000);
    for (const upstream of mesh.cluster("a").upstreams) upstream.respond(200);
    mesh.send({});
    assert.equal(mesh.cluster("a").upstreams.length, 2, "the place is free again");
  });
});

describe("a route's own fault", () => {
  const perRoute = (fault: JsonObject) => ({
    typedPerFilterConfig: { "envoy.filters.http.fault": { "@type": TYPE, ...fault } },
  });
  const manager = (route: JsonObject, fault: JsonObject = {}) => ({
    httpFilters: [
      { name: "envoy.filters.http.fault", typedConfig: { "@type": TYPE, ...fault } },
      ROUTER,
    ],
    ...inlineRoutes(routeToA({}, route)),
  });

  test("takes the place of the filter's", () => {
    const filter = { abort: { httpStatus: 500, percentage: ALWAYS } };
    const route = perRoute({ abort: { httpStatus: 418, percentage: ALWAYS } });
    assert.equal(createHttpFixture(manager(route, filter)).send({}).status, 418);
  });

  test("works where the filter itself has none", () => {
    const route = perRoute({ abort: { httpStatus: 418, percentage: ALWAYS } });
    assert.equal(createHttpFixture(manager(route)).send({}).status, 418);
  });
});

describe("a fault that cannot be", () => {
  for (const [title, fault, want] of [
    ["a status below 200", { abort: { httpStatus: 199, percentage: ALWAYS } }, /http_status: 199/],
    ["a status above 599", { abort: { httpStatus: 600, percentage: ALWAYS } }, /http_status: 600/],
    ["a delay of nothing", { delay: { fixedDelay: "0s", percentage: ALWAYS } }, /fixed_delay/],
    ["a delay by header", { delay: { headerDelay: {} } }, /header_delay: is not supported/],
    [
      "a limit of the rate",
      { responseRateLimit: { fixedLimit: { limitKbps: "1" } } },
      /rate_limit/,
    ],
  ] as const) {
    test(`${title} is refused by name`, () => {
      assert.throws(() => setUp(fault), want);
    });
  }
});
