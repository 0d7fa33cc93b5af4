import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Random } from "@weft/core";
import {
  accessLog,
  createHttpFixture,
  inlineRoutes,
  ROUTER,
  routeToA,
} from "../../http/fixture/http-fixture.ts";
import { HeaderMap } from "../../http/header-map.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
const ALWAYS = { numerator: 100, denominator: "HUNDRED" };
const DELAY_5S = { delay: { fixedDelay: "5s", percentage: ALWAYS } };

interface SetUp {
  readonly random?: Random;
  readonly route?: JsonObject;
  readonly manager?: JsonObject;
}

function setUp(fault: JsonObject, { random = () => 0, route = {}, manager = {} }: SetUp = {}) {
  return createHttpFixture(
    {
      httpFilters: [
        { name: "envoy.filters.http.fault", typedConfig: { "@type": TYPE, ...fault } },
        ROUTER,
      ],
      ...inlineRoutes(routeToA(route)),
      ...accessLog(),
      ...manager,
    },
    { random },
  );
}

/** Answers one draw after the other, and fails the test that draws more. */
function replay(...draws: number[]): Random {
  return () => {
    const draw = draws.shift();
    assert(draw !== undefined, "one draw too many");
    return draw;
  };
}

describe("the share of requests that is hit", () => {
  for (const [numerator, denominator, last, first] of [
    [10, "HUNDRED", 0.099_999, 0.1],
    [99, "HUNDRED", 0.989_999, 0.99],
    [1, "TEN_THOUSAND", 0.000_099, 0.0001],
    [1, "MILLION", 0.000_000_99, 0.000_001],
    [999_999, "MILLION", 0.999_998_9, 0.999_999],
  ] as const) {
    test(`${numerator} of ${denominator} ends between ${last} and ${first}`, () => {
      const fault = { abort: { httpStatus: 418, percentage: { numerator, denominator } } };
      assert.equal(setUp(fault, { random: () => last }).send({}).status, 418);
      assert.equal(setUp(fault, { random: () => first }).send({}).status, undefined);
    });
  }

  test("of none and of all needs no draw", () => {
    const delay = { fixedDelay: "5s", percentage: { numerator: 0, denominator: "HUNDRED" } };
    const fault = { delay, abort: { httpStatus: 418, percentage: ALWAYS } };
    assert.equal(
      setUp(fault, { random: replay(), manager: { generateRequestId: false } }).send({}).status,
      418,
    );
  });

  test("is drawn for delay and abort apart, the delay first", () => {
    const half = { numerator: 50, denominator: "HUNDRED" };
    const fault = {
      delay: { fixedDelay: "1s", percentage: half },
      abort: { httpStatus: 418, percentage: half },
    };
    const manager = { generateRequestId: false };
    const results = [replay(0.4, 0.4), replay(0.4, 0.6), replay(0.6, 0.4), replay(0.6, 0.6)].map(
      (random) => {
        const mesh = setUp(fault, { random, manager });
        const client = mesh.send({});
        const before = client.status ?? mesh.cluster("a").upstreams.length;
        mesh.clock.advanceMs(1000);
        return [before, client.status ?? mesh.cluster("a").upstreams.length];
      },
    );
    assert.deepEqual(results, [
      [0, 418],
      [0, 1],
      [418, 418],
      [1, 1],
    ]);
  });
});

describe("a delayed request", () => {
  test("keeps its body, its trailers and their order", () => {
    const mesh = setUp(DELAY_5S);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("one "), false);
    mesh.clock.advanceMs(2000);
    client.receiver?.onData(Buffer.from("two "), false);
    mesh.clock.advanceMs(3000);
    client.receiver?.onData(Buffer.from("three"), false);
    client.receiver?.onTrailers(new HeaderMap(["x-sum", "3"]));
    const { body, trailers } = mesh.cluster("a").last;
    assert.deepEqual([body, trailers?.get("x-sum")], ["one two three", "3"]);
  });

  test("whose trailers came while it was held keeps them", () => {
    const mesh = setUp(DELAY_5S);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.from("one"), false);
    client.receiver?.onTrailers(new HeaderMap(["x-sum", "1"]));
    mesh.clock.advanceMs(5000);
    const { body, trailers, hasEnded } = mesh.cluster("a").last;
    assert.deepEqual([body, trailers?.get("x-sum"), hasEnded], ["one", "1", true]);
  });

  test("makes a client wait that sends more than may be held, and lets it go on after", () => {
    const mesh = setUp(DELAY_5S);
    const client = mesh.send({ method: "POST", endStream: false });
    client.receiver?.onData(Buffer.alloc(1024 * 1024 - 1), false);
    assert.equal(client.isPaused, false);
    client.receiver?.onData(Buffer.alloc(1), false);
    assert.equal(client.isPaused, true);
    mesh.clock.advanceMs(5000);
    assert.deepEqual([client.isPaused, mesh.cluster("a").last.body.length], [false, 1024 * 1024]);
  });

  test("is not cut: a stream that follows lasts as long as it likes", () => {
    const mesh = setUp(DELAY_5S, { route: { timeout: "0s" } });
    const client = mesh.send({ method: "POST", endStream: false });
    mesh.clock.advanceMs(5000);
    const { opener } = mesh.cluster("a").last;
    opener.onHead({ status: 200, headers: new HeaderMap() }, false);
    for (let minute = 0; minute < 10; minute += 1) {
      mesh.clock.advanceMs(60_000);
      client.receiver?.onData(Buffer.from("."), false);
      opener.onData(Buffer.from("."), false);
    }
    assert.deepEqual([client.body.length, client.isReset], [10, false]);
  });

  test("holds up nobody else", () => {
    const mesh = setUp(DELAY_5S);
    mesh.send({});
    mesh.clock.advanceMs(4000);
    mesh.send({});
    mesh.clock.advanceMs(1000);
    assert.equal(mesh.cluster("a").upstreams.length, 1);
    mesh.clock.advanceMs(4000);
    assert.equal(mesh.cluster("a").upstreams.length, 2);
  });

  test("waits before each request once, not before each try", () => {
    const mesh = setUp(DELAY_5S, { route: { retryPolicy: { retryOn: "5xx" } } });
    mesh.send({});
    mesh.clock.advanceMs(5000);
    mesh.cluster("a").last.respond(503);
    mesh.clock.advanceMs(25);
    assert.equal(mesh.cluster("a").upstreams.length, 2);
  });

  test("tells the upstream what is left of the route's timeout", () => {
    const mesh = setUp(DELAY_5S, { route: { timeout: "8s" } });
    mesh.send({});
    mesh.clock.advanceMs(5000);
    const { headers } = mesh.cluster("a").last.head;
    assert.equal(headers.get("x-envoy-expected-rq-timeout-ms"), "3000");
  });
});

describe("a timeout and a delay", () => {
  for (const [timeout, status, log] of [
    ["4.999s", 504, "UT,DI response_timeout"],
    ["5.001s", 200, "DI via_upstream"],
  ] as const) {
    test(`of 5 s: a timeout of ${timeout} answers ${status}`, () => {
      const mesh = setUp(DELAY_5S, { route: { timeout } });
      const client = mesh.send({});
      mesh.clock.advanceMs(5000);
      mesh.cluster("a").upstreams[0]?.respond(200);
      assert.deepEqual([client.status, mesh.log], [status, [log]]);
    });
  }

  test("leave time for the answer, counted from the end of the request", () => {
    const mesh = setUp(DELAY_5S, { route: { timeout: "6s" } });
    const client = mesh.send({});
    mesh.clock.advanceMs(5999);
    assert.equal(client.status, undefined);
    mesh.clock.advanceMs(1);
    assert.equal(client.status, 504);
    assert.equal(mesh.cluster("a").last.isReset, true);
  });

  test("that is the idle stream's ends the wait too", () => {
    const mesh = setUp(DELAY_5S, { manager: { streamIdleTimeout: "2s" } });
    const client = mesh.send({});
    mesh.clock.advanceMs(2000);
    assert.equal(client.status, 504);
    mesh.clock.advanceMs(10_000);
    assert.deepEqual(
      [mesh.cluster("a").upstreams.length, mesh.log],
      [0, ["DI,SI stream_idle_timeout"]],
    );
  });
});

describe("a place among the active faults", () => {
  const ONE = { ...DELAY_5S, maxActiveFaults: 1 };

  test("is free again when the client goes away during the delay", () => {
    const mesh = setUp(ONE);
    mesh.send({}).receiver?.onReset("remote-reset");
    mesh.send({});
    assert.equal(mesh.cluster("a").upstreams.length, 0, "the second is delayed");
  });

  test("is free again after an abort", () => {
    const mesh = setUp({ abort: { httpStatus: 418, percentage: ALWAYS }, maxActiveFaults: 1 });
    assert.deepEqual([mesh.send({}).status, mesh.send({}).status], [418, 418]);
  });

  test("is kept until the answer to a delayed request is over", () => {
    const mesh = setUp(ONE);
    mesh.send({});
    mesh.clock.advanceMs(5000);
    mesh.send({});
    assert.equal(mesh.cluster("a").upstreams.length, 2, "the first still holds it");
  });

  test("is there for nobody where the limit is 0", () => {
    const mesh = setUp({ ...DELAY_5S, maxActiveFaults: 0 });
    mesh.send({});
    assert.equal(mesh.cluster("a").upstreams.length, 1);
  });
});
