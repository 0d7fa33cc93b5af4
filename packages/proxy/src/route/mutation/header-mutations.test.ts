import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { fakeRequest } from "../../http/fixture/fake-downstream.ts";
import { routeTable } from "../../http/fixture/http-fixture.ts";
import { decide, streamInfo, tableOf } from "../fixture/route-fixture.ts";
import type { RouteDecision } from "../route-table.ts";
import { applyHeaderMutations } from "./header-mutations.ts";

const add = (key: string, value: string, more: JsonObject = {}) => ({
  header: { key, value },
  ...more,
});

/** The request's headers after the decision's mutations, as "name=value" in order. */
function mutate(decision: RouteDecision, headers: Record<string, string> = {}): string[] {
  const request = fakeRequest({ path: "/p?q", headers });
  applyHeaderMutations(decision.requestMutations, request.headers, streamInfo(request));
  const { flat } = request.headers;
  return flat.flatMap((name, at) => (at % 2 === 0 ? [`${name}=${flat[at + 1]}`] : []));
}

const routeWith = (more: JsonObject) =>
  decide(tableOf({ match: { prefix: "" }, route: { cluster: "a" }, ...more }));

const mutateRoute = (options: JsonObject[], headers?: Record<string, string>) =>
  mutate(routeWith({ requestHeadersToAdd: options }), headers);

describe("append actions", () => {
  for (const [action, onPresent, onAbsent] of [
    [undefined, ["x=old", "x=new"], ["x=new"]],
    ["APPEND_IF_EXISTS_OR_ADD", ["x=old", "x=new"], ["x=new"]],
    ["ADD_IF_ABSENT", ["x=old"], ["x=new"]],
    ["OVERWRITE_IF_EXISTS_OR_ADD", ["x=new"], ["x=new"]],
    ["OVERWRITE_IF_EXISTS", ["x=new"], []],
  ] as const) {
    test(`${action ?? "by default"}: ${onPresent} where it is, ${onAbsent} where not`, () => {
      const option = add("x", "new", action === undefined ? {} : { appendAction: action });
      assert.deepEqual(mutateRoute([option], { x: "old" }), onPresent);
      assert.deepEqual(mutateRoute([option]), onAbsent);
    });
  }

  test("the older append says the same in two words", () => {
    assert.deepEqual(mutateRoute([add("x", "new", { append: false })], { x: "old" }), ["x=new"]);
    assert.deepEqual(mutateRoute([add("x", "new", { append: true })], { x: "old" }), [
      "x=old",
      "x=new",
    ]);
  });

  test("overwriting leaves one of several", () => {
    const decision = routeWith({
      requestHeadersToAdd: [add("x", "1"), add("x", "2")],
    });
    assert.deepEqual(mutate(decision), ["x=1", "x=2"]);
    const overwrite = add("x", "3", { appendAction: "OVERWRITE_IF_EXISTS" });
    const request = fakeRequest();
    request.headers.add("x", "1");
    request.headers.add("x", "2");
    const { requestMutations } = routeWith({ requestHeadersToAdd: [overwrite] });
    applyHeaderMutations(requestMutations, request.headers, streamInfo(request));
    assert.equal(request.headers.joined("x"), "3");
  });
});

describe("values", () => {
  for (const [title, value, want] of [
    ["plain text", "a b", "a b"],
    ["an operator", "%REQ(:PATH)%", "/p?q"],
    ["operators in text", "<%PROTOCOL%>", "<HTTP/1.1>"],
    ["a percent sign is written twice", "100%%", "100%"],
    ["a percent sign beside an operator", "%%%PROTOCOL%", "%HTTP/1.1"],
  ] as const) {
    test(title, () => assert.deepEqual(mutateRoute([add("x", value)]), [`x=${want}`]));
  }

  test("an empty value is left out unless it is to be kept", () => {
    assert.deepEqual(mutateRoute([add("x", "")]), []);
    assert.deepEqual(mutateRoute([add("x", "%REQ(none)%")]), []);
    assert.deepEqual(mutateRoute([add("x", "", { keepEmptyValue: true })]), ["x="]);
  });

  test("a value does not see what its own level does", () => {
    const options = [
      add("x", "new", { appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" }),
      add("y", "%REQ(X)%"),
    ];
    assert.deepEqual(mutateRoute(options, { x: "old" }), ["x=new", "y=old"]);
  });

  test("raw bytes are taken when there are any", () => {
    const header = { key: "x", rawValue: Buffer.from("\u00e9", "latin1").toString("base64") };
    assert.deepEqual(mutateRoute([{ header }]), ["x=\u00e9"]);
  });
});

describe("order", () => {
  test("a level removes before it adds", () => {
    const decision = routeWith({
      requestHeadersToAdd: [add("x", "new")],
      requestHeadersToRemove: ["X", "y"],
    });
    assert.deepEqual(mutate(decision, { x: "old", y: "1", z: "2" }), ["z=2", "x=new"]);
  });

  const levels = (more: JsonObject) =>
    routeTable({
      requestHeadersToAdd: [add("x", "table")],
      virtualHosts: [
        {
          name: "all",
          domains: ["*"],
          requestHeadersToAdd: [add("x", "host")],
          routes: [
            {
              match: { prefix: "" },
              requestHeadersToAdd: [add("x", "route")],
              route: {
                weightedClusters: {
                  clusters: [{ name: "a", weight: 1, requestHeadersToAdd: [add("x", "share")] }],
                },
              },
            },
          ],
        },
      ],
      ...more,
    });

  test("the most specific level comes first", () => {
    const want = ["x=share", "x=route", "x=host", "x=table"];
    assert.deepEqual(mutate(decide(levels({}))), want);
  });

  test("most_specific_header_mutations_wins turns all but the share around", () => {
    const table = levels({ mostSpecificHeaderMutationsWins: true });
    assert.deepEqual(mutate(decide(table)), ["x=share", "x=table", "x=host", "x=route"]);
  });

  test("a later level sees and removes what an earlier one added", () => {
    const decision = decide(
      routeTable({
        requestHeadersToRemove: ["x"],
        virtualHosts: [
          {
            name: "all",
            domains: ["*"],
            requestHeadersToAdd: [add("y", "%REQ(X)%")],
            routes: [
              {
                match: { prefix: "" },
                route: { cluster: "a" },
                requestHeadersToAdd: [add("x", "1")],
              },
            ],
          },
        ],
      }),
    );
    assert.deepEqual(mutate(decision), ["y=1"]);
  });

  test("response mutations are kept apart", () => {
    const decision = routeWith({
      responseHeadersToAdd: [add("x", "response")],
      responseHeadersToRemove: ["server"],
    });
    assert.deepEqual(mutate(decision), []);
    const { headers } = fakeRequest({ headers: { server: "s" } });
    applyHeaderMutations(decision.responseMutations, headers, streamInfo(fakeRequest()));
    assert.deepEqual(headers.flat, ["x", "response"]);
  });
});

describe("mutations that are refused", () => {
  const at = "t.virtual_hosts[0].routes[0].request_headers";
  for (const [title, route, field] of [
    ["a pseudo header", { requestHeadersToAdd: [add(":path", "x")] }, "_to_add[0].header.key"],
    ["Host", { requestHeadersToAdd: [add("Host", "x")] }, "_to_add[0].header.key"],
    ["no name", { requestHeadersToAdd: [add("", "x")] }, "_to_add[0].header.key"],
    ["a name with a space", { requestHeadersToAdd: [add("a b", "x")] }, "_to_add[0].header.key"],
    ["a line break", { requestHeadersToAdd: [add("x", "a\r\nb: c")] }, "_to_add[0].header.value"],
    ["an unknown operator", { requestHeadersToAdd: [add("x", "%NO%")] }, "_to_add[0].header.value"],
    ["a lone percent", { requestHeadersToAdd: [add("x", "5% off")] }, "_to_add[0].header.value"],
    [
      "append and append_action",
      { requestHeadersToAdd: [add("x", "y", { append: true, appendAction: "ADD_IF_ABSENT" })] },
      "_to_add[0]",
    ],
    [
      "an append_action that does not exist",
      { requestHeadersToAdd: [add("x", "y", { appendAction: 9 })] },
      "_to_add[0].append_action",
    ],
    ["removing a pseudo header", { requestHeadersToRemove: [":method"] }, "_to_remove"],
    ["removing Host", { requestHeadersToRemove: ["host"] }, "_to_remove"],
    ["removing no name", { requestHeadersToRemove: [""] }, "_to_remove"],
  ] satisfies [string, JsonObject, string][]) {
    test(title, () => {
      assert.throws(() => routeWith(route), {
        name: "ConfigError",
        field: `${at}${field}`,
      });
    });
  }
});
