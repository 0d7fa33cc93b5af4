import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "@weft/core";
import { type FinishedRequest, finishedRequest } from "./fixture/finished-request.ts";
import { compileJsonFormat } from "./json-format.ts";

const line = (
  format: Readonly<Record<string, unknown>>,
  given: FinishedRequest = {},
  omitsEmpty = false,
) => compileJsonFormat(format, omitsEmpty, "json_format")(finishedRequest(given));

describe("access log JSON", () => {
  test("is one line that ends in a line end", () => {
    assert.equal(line({ code: "%RESPONSE_CODE%" }), '{"code":200}\n');
    assert.equal(line({}), "{}\n");
  });

  test("a single operator keeps its type, anything around it makes text", () => {
    const format = { one: "%RESPONSE_CODE%", text: "%RESPONSE_CODE% ", method: "%REQ(:METHOD)%" };
    assert.equal(line(format), '{"method":"GET","one":200,"text":"200 "}\n');
  });

  test("ports and gRPC numbers are numbers", () => {
    const format = {
      grpc: "%GRPC_STATUS(NUMBER)%",
      number: "%GRPC_STATUS_NUMBER%",
      port: "%UPSTREAM_REMOTE_PORT%",
    };
    assert.equal(
      line(format, { trailers: { "grpc-status": "5" } }),
      '{"grpc":5,"number":5,"port":9080}\n',
    );
  });

  test("metadata keeps its shape as a value, and is text inside text", () => {
    const given = { facts: { upstreamClusterMetadata: { a: { list: [1, true], name: "n" } } } };
    const format = {
      inside: "<%CLUSTER_METADATA(a:list)%>",
      list: "%CLUSTER_METADATA(a:list)%",
      whole: "%CLUSTER_METADATA(a)%",
    };
    assert.equal(
      line(format, given),
      '{"inside":"<[1,true]>","list":[1,true],"whole":{"list":[1,true],"name":"n"}}\n',
    );
  });

  test("what is not there is null alone, and a dash inside text", () => {
    assert.equal(line({ a: "%REQ(X)%", b: "<%REQ(X)%>" }), '{"a":null,"b":"<->"}\n');
  });

  test("omit_empty_values leaves out keys and objects that have nothing", () => {
    const format = {
      a: "%REQ(X)%",
      b: "<%REQ(X)%>",
      deep: { a: "%REQ(X)%" },
      half: { a: "%REQ(X)%", c: "%RESPONSE_CODE%" },
    };
    assert.equal(line(format, {}, true), '{"b":"<>","half":{"c":200}}\n');
    assert.equal(line({ a: "%REQ(X)%" }, {}, true), "{}\n");
  });

  test("objects, lists and constants may be nested", () => {
    const format = { b: [1, "%PROTOCOL%", { c: true }], a: { z: "%BYTES_SENT%", y: null } };
    assert.equal(line(format), '{"a":{"y":null,"z":34},"b":[1,"HTTP/1.1",{"c":true}]}\n');
  });

  test("no value of a peer breaks out of its string or its line", () => {
    const hostile = '"},\n{"level":"forged\u2028\\';
    const text = line(
      { agent: "%REQ(USER-AGENT)%", both: "<%REQ(USER-AGENT)%>" },
      { request: { headers: { "user-agent": hostile } } },
    );
    assert.deepEqual(JSON.parse(text), { agent: hostile, both: `<${hostile}>` });
    assert.equal(text.indexOf("\n"), text.length - 1);
  });

  test("keys that objects inherit are keys like others", () => {
    const format = JSON.parse('{"__proto__":"%RESPONSE_CODE%","constructor":"c"}');
    assert.equal(line(format), '{"__proto__":200,"constructor":"c"}\n');
  });

  test("an unknown operator is refused with the path of its key", () => {
    assert.throws(
      () => line({ a: { b: ["x", "%NOPE%"] } }),
      (error) => error instanceof ConfigError && error.field === "json_format.a.b[1]",
    );
  });
});
