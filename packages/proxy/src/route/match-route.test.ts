import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { fakeRequest } from "../http/fixture/fake-downstream.ts";
import { routeTable } from "../http/fixture/http-fixture.ts";
import type { DecisionStep } from "./decision-trace.ts";
import { decide, type RequestOverrides, tableOf } from "./fixture/route-fixture.ts";
import { matchRoute } from "./match-route.ts";
import type { RouteTable } from "./route-table.ts";

const route = (name: string, match: JsonObject): JsonObject => ({
  name,
  match,
  route: { cluster: name },
});

/** The steps in one line each: `- subject: reason` for a miss, `+ …` for a hit. */
function explain(table: RouteTable, request: RequestOverrides, random = () => 0): string[] {
  const steps: DecisionStep[] = [];
  matchRoute(table, fakeRequest(request), random, { add: (step) => steps.push(step) });
  return steps.map(
    ({ subject, isMatch, reason }) => `${isMatch ? "+" : "-"} ${subject}: ${reason}`,
  );
}

describe("route choice", () => {
  test("the first route that matches wins, not the most specific", () => {
    const table = tableOf(route("a", { prefix: "/" }), route("b", { path: "/x" }));
    assert.equal(decide(table, { path: "/x" }).cluster, "a");
  });

  test("a route needs all its conditions", () => {
    const table = tableOf(
      route("both", {
        prefix: "/",
        headers: [{ name: "x", exactMatch: "1" }],
        queryParameters: [{ name: "q" }],
      }),
      route("rest", { prefix: "/" }),
    );
    const chosen = (path: string, headers: Record<string, string>) =>
      decide(table, { path, headers }).cluster;
    assert.equal(chosen("/?q", { x: "1" }), "both");
    assert.equal(chosen("/", { x: "1" }), "rest");
    assert.equal(chosen("/?q", {}), "rest");
  });

  test("a virtual host without a fitting route does not fall back to another", () => {
    const table = routeTable({
      virtualHosts: [
        { name: "a", domains: ["a.example.com"], routes: [route("x", { path: "/x" })] },
        { name: "all", domains: ["*"], routes: [route("y", { prefix: "/" })] },
      ],
    });
    const request = fakeRequest({ authority: "a.example.com", path: "/y" });
    assert.equal(
      matchRoute(table, request, () => 0),
      undefined,
    );
  });

  test("the port of the host counts unless it is to be ignored", () => {
    const json = {
      virtualHosts: [
        { name: "a", domains: ["a.example.com"], routes: [route("a", { prefix: "" })] },
        { name: "all", domains: ["*"], routes: [route("all", { prefix: "" })] },
      ],
    };
    const request = { authority: "a.example.com:8080" };
    assert.equal(decide(routeTable(json), request).cluster, "all");
    const ignoring = routeTable({ ...json, ignorePortInHostMatching: true });
    assert.equal(decide(ignoring, request).cluster, "a");
  });

  test("the cluster's name may come from a header", () => {
    const table = tableOf({ match: { prefix: "" }, route: { clusterHeader: "X-Cluster" } });
    assert.equal(decide(table, { headers: { "x-cluster": "b" } }).cluster, "b");
    assert.equal(decide(table).cluster, "");
  });
});

describe("decision trace", () => {
  test("tells why each route was passed over", () => {
    const table = tableOf(
      route("path", { path: "/x" }),
      route("header", { prefix: "/", headers: [{ name: "user", exactMatch: "jason" }] }),
      route("inverted", {
        prefix: "/",
        headers: [{ name: "user", exactMatch: "ann", invertMatch: true }],
      }),
      route("query", {
        prefix: "/",
        queryParameters: [{ name: "q", stringMatch: { exact: "1" } }],
      }),
      route("grpc", { prefix: "/", grpc: {} }),
      route("share", { prefix: "/", runtimeFraction: { defaultValue: { numerator: 1 } } }),
      route("rest", { prefix: "/" }),
    );
    assert.deepEqual(
      explain(table, { path: "/y?q=2", headers: { user: "ann" } }, () => 0.5),
      [
        "+ host example.com: virtual host all",
        '- route path: path /y?q=2 is not path "/x"',
        '- route header: header user (ann) is not exact "jason"',
        '- route inverted: header user (ann) is exact "ann"',
        '- route query: query parameter q is not exact "1"',
        "- route grpc: not a gRPC request",
        "- route share: outside the runtime fraction",
        "+ route rest: matches",
      ],
    );
  });

  test("says when no virtual host has the name", () => {
    const table = routeTable({ virtualHosts: [{ name: "a", domains: ["a.example.com"] }] });
    assert.deepEqual(explain(table, { authority: "b.example.com" }), [
      "- host b.example.com: no virtual host",
    ]);
  });

  test("says which weight was drawn", () => {
    const table = tableOf({
      name: "split",
      match: { prefix: "" },
      route: {
        weightedClusters: {
          clusters: [
            { name: "v1", weight: 90 },
            { name: "v2", weight: 10 },
          ],
        },
      },
    });
    assert.equal(explain(table, {}, () => 0.95).at(-1), "+ weighted clusters: v2 drew 10 of 100");
  });
});
