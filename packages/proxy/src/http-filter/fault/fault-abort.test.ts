import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "../../http/fixture/http-fixture.ts";

const NAME = "envoy.filters.http.fault";
const TYPE = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
const ALWAYS = { numerator: 100, denominator: "HUNDRED" };
const GRPC = { "content-type": "application/grpc" };

const abort = (error: JsonObject) => ({ abort: { ...error, percentage: ALWAYS } });

function setUp(fault: JsonObject, routes: readonly JsonObject[] = [routeToA()]) {
  return createHttpFixture({
    httpFilters: [{ name: NAME, typedConfig: { "@type": TYPE, ...fault } }, ROUTER],
    ...inlineRoutes(...routes),
    ...accessLog(),
  });
}

describe("an abort", () => {
  for (const [error, headers, status, grpcStatus] of [
    [{ httpStatus: 200 }, {}, 200, undefined],
    [{ httpStatus: 599 }, {}, 599, undefined],
    [{ httpStatus: 503 }, GRPC, 200, "14"],
    [{ httpStatus: 429 }, GRPC, 200, "14"],
    [{ grpcStatus: 0 }, GRPC, 200, "0"],
    [{ grpcStatus: 16 }, GRPC, 200, "16"],
    [{ grpcStatus: 14 }, {}, 200, undefined],
  ] as const) {
    const caller = headers === GRPC ? "a gRPC caller" : "anybody else";
    test(`with ${JSON.stringify(error)} gives ${caller} ${status} and ${grpcStatus ?? "no grpc-status"}`, () => {
      const mesh = setUp(abort(error));
      const { head } = mesh.send({ headers });
      assert.deepEqual([head?.status, head?.headers.get("grpc-status")], [status, grpcStatus]);
      assert.deepEqual(mesh.log, ["FI fault_filter_abort"]);
    });
  }

  test("does not wait for the rest of the request", () => {
    const client = setUp(abort({ httpStatus: 503 })).send({ method: "POST", endStream: false });
    assert.deepEqual([client.status, client.isEnded], [503, true]);
    client.receiver?.onData(Buffer.from("late"), true);
  });

  test("is not retried: no try has been made", () => {
    const route = routeToA({ retryPolicy: { retryOn: "5xx", numRetries: 5 } });
    const mesh = setUp(abort({ httpStatus: 503 }), [route]);
    assert.equal(mesh.send({}).status, 503);
    mesh.clock.advanceMs(10_000);
    assert.equal(mesh.cluster("a").upstreams.length, 0);
  });
});

describe("a fault for some", () => {
  const withHeaders = (...headers: JsonObject[]) => ({ ...abort({ httpStatus: 418 }), headers });
  const user = { name: "end-user", stringMatch: { exact: "jason" } };
  const path = { name: ":path", stringMatch: { prefix: "/ratings" } };

  for (const [title, headers, request, isHit] of [
    [
      "all of whose rules hold",
      [user, path],
      { path: "/ratings/0", headers: { "end-user": "jason" } },
      true,
    ],
    [
      "one of whose rules does not hold",
      [user, path],
      { path: "/reviews", headers: { "end-user": "jason" } },
      false,
    ],
    ["without the header", [user], {}, false],
    [
      "that another rule excludes",
      [{ ...user, invertMatch: true }],
      { headers: { "end-user": "jason" } },
      false,
    ],
    ["whose header has several values", [user], { headers: { "end-user": "jason,mary" } }, false],
  ] as const) {
    test(`${isHit ? "hits" : "spares"} a request ${title}`, () => {
      assert.equal(setUp(withHeaders(...headers)).send(request).status, isHit ? 418 : undefined);
    });
  }
});

describe("a fault of one route", () => {
  const own = (fault: JsonObject) => ({
    typedPerFilterConfig: { [NAME]: { "@type": TYPE, ...fault } },
  });
  const teapot = routeToA({}, { match: { prefix: "/tea" }, ...own(abort({ httpStatus: 418 })) });

  test("leaves its neighbours alone", () => {
    const mesh = setUp({}, [teapot, routeToA()]);
    assert.equal(mesh.send({ path: "/tea" }).status, 418);
    assert.equal(mesh.send({ path: "/coffee" }).status, undefined);
  });

  test("that is empty frees it from the filter's", () => {
    const free = routeToA({}, { match: { prefix: "/free" }, ...own({}) });
    const mesh = setUp(abort({ httpStatus: 503 }), [free, routeToA()]);
    assert.equal(mesh.send({ path: "/free" }).status, undefined);
    assert.equal(mesh.send({ path: "/" }).status, 503);
  });

  test("is not asked of a request without a route", () => {
    assert.equal(setUp(abort({ httpStatus: 418 }), [teapot]).send({ path: "/other" }).status, 418);
    assert.equal(setUp({}, [teapot]).send({ path: "/other" }).status, 404);
  });

  test("that cannot be is refused by its place", () => {
    const wrong = routeToA({}, own(abort({ httpStatus: 99 })));
    assert.throws(() => setUp({}, [wrong]), /typed_per_filter_config.*http_status: 99/);
  });
});

describe("a fault that says too little", () => {
  const cases: readonly (readonly [fault: JsonObject, want: RegExp])[] = [
    [{ abort: { percentage: ALWAYS } }, /abort: needs http_status or grpc_status/],
    [{ delay: { percentage: ALWAYS } }, /delay: needs fixed_delay/],
    [{ delay: { fixedDelay: "-1s", percentage: ALWAYS } }, /fixed_delay: must be above 0/],
    [{ abort: { headerAbort: {}, percentage: ALWAYS } }, /header_abort: is not supported/],
    [{ downstreamNodes: ["n"] }, /downstream_nodes: is not supported/],
  ];
  for (const [fault, want] of cases) {
    test(`${JSON.stringify(fault)} is refused`, () => assert.throws(() => setUp(fault), want));
  }
});
