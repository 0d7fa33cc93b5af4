import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ResourceStore } from "./resource-store.ts";

const service = (name: string, port = 80) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: ${port} }] }\n`;

const rule = (...subsets: string[]) =>
  `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: a }\nspec: { host: a, subsets: [${subsets.map((name) => `{ name: ${name} }`).join()}] }\n`;

const route = (subset: string) =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: a }\nspec: { hosts: [a], http: [{ route: [{ destination: { host: a, subset: ${subset} } }] }] }\n`;

const join = (...documents: string[]) => documents.join("---\n");

/** A store of one file, or of files given by name. */
function setUp() {
  const store = new ResourceStore();
  const files = new Set<string>();
  const put = (text: string, file = "file.yaml") => {
    files.add(file);
    store.put(file, text);
    const { mesh, problems } = store.read([...files].sort());
    return { mesh, codes: problems.map(({ code }) => code), problems };
  };
  const remove = (file: string) => {
    files.delete(file);
    store.delete(file);
    return store.read([...files]);
  };
  return { put, remove };
}

const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

describe("resource store", () => {
  test("a file that is no YAML at all leaves all its resources in place", () => {
    const { put } = setUp();
    put(join(service("a"), service("b")));
    const { mesh, codes } = put("]]] not: [yaml");
    assert.deepEqual(names(mesh.services), ["a", "b"]);
    assert(codes.includes("InvalidYaml"));
  });

  test("of a broken document the last good version stays, while others change", () => {
    const { put } = setUp();
    put(join(service("a", 80), service("b", 80)));
    const broken = service("a", 81).replace("ports", "prots");
    const { mesh, codes } = put(join(broken, service("b", 90)));
    assert.deepEqual(
      mesh.services.map(({ name, ports }) => [name, ports[0]?.port]),
      [
        ["a", 80],
        ["b", 90],
      ],
    );
    assert.deepEqual(codes, ["UnknownField"]);
  });

  test("a mended document replaces the last good version", () => {
    const { put } = setUp();
    put(service("a", 80));
    put(service("a", 81).replace("ports", "prots"));
    const { mesh, codes } = put(service("a", 81));
    assert.equal(mesh.services[0]?.ports[0]?.port, 81);
    assert.deepEqual(codes, []);
  });

  test("a document that was never good adds nothing", () => {
    const { put } = setUp();
    assert.deepEqual(names(put(service("a").replace("ports", "prots")).mesh.services), []);
  });

  test("a document gone from a well-formed file takes its resource along", () => {
    const { put } = setUp();
    put(join(service("a"), service("b")));
    assert.deepEqual(names(put(service("b")).mesh.services), ["b"]);
  });

  test("a document gone while another one is no YAML keeps its resource", () => {
    const { put } = setUp();
    put(join(service("a"), service("b")));
    assert.deepEqual(names(put(join(service("b"), "kind: [")).mesh.services), ["a", "b"]);
  });

  test("a deleted file takes its resources along", () => {
    const { put, remove } = setUp();
    put(service("a"), "a.yaml");
    put(service("b"), "b.yaml");
    assert.deepEqual(names(remove("a.yaml").mesh.services), ["b"]);
  });

  test("unchanged documents yield the identical object", () => {
    const { put } = setUp();
    const before = put(join(service("a"), service("b", 80)));
    const after = put(join(service("a"), service("b", 90)));
    assert.equal(after.mesh.services[0], before.mesh.services[0]);
    assert.notEqual(after.mesh.services[1], before.mesh.services[1]);
  });

  test("a moved document has its new line as origin", () => {
    const { put } = setUp();
    put(service("a"));
    assert.equal(put(`# above\n${service("a")}`).mesh.services[0]?.origin.line, 2);
  });

  test("the same resource in two files: the first wins, both places are named", () => {
    const { put } = setUp();
    put(service("a", 80), "a.yaml");
    const { mesh, problems } = put(service("a", 81), "b.yaml");
    assert.deepEqual(
      mesh.services.map(({ ports }) => ports[0]?.port),
      [80],
    );
    assert.equal(problems[0]?.code, "DuplicateResource");
    assert.equal(problems[0]?.file, "b.yaml");
    assert.match(problems[0]?.message ?? "", /a\.yaml:3:19/);
  });

  test("a route to an unknown subset leaves the last good route in place", () => {
    const { put } = setUp();
    put(join(service("a"), rule("v1", "v2")), "rules.yaml");
    put(route("v1"), "route.yaml");
    const { mesh, problems } = put(route("v3"), "route.yaml");
    assert.equal(mesh.virtualServices[0]?.http[0]?.route[0]?.destination.subset, "v1");
    assert.deepEqual(
      problems.map(({ code, file, line, column }) => [code, file, line, column]),
      [["SubsetNotFound", "route.yaml", 4, 72]],
    );
  });

  test("the route is taken as soon as its subset is there", () => {
    const { put } = setUp();
    put(join(service("a"), rule("v1", "v2")), "rules.yaml");
    put(route("v1"), "route.yaml");
    put(route("v3"), "route.yaml");
    const { mesh, codes } = put(join(service("a"), rule("v3")), "rules.yaml");
    assert.equal(mesh.virtualServices[0]?.http[0]?.route[0]?.destination.subset, "v3");
    assert.deepEqual(codes, []);
  });

  test("a route to an unknown subset serves as it is when nothing served before", () => {
    const { put } = setUp();
    const { mesh, codes } = put(join(service("a"), rule("v1"), route("v3")));
    assert.equal(mesh.virtualServices.length, 1);
    assert.deepEqual(codes, ["SubsetNotFound"]);
  });

  test("older resources come first, then by namespace and name", () => {
    const { put } = setUp();
    const aged = (name: string, when: string) =>
      service(name).replace("{ name", `{ creationTimestamp: "${when}", name`);
    const { mesh } = put(
      join(aged("a", "2026-01-02T00:00:00Z"), aged("c", "2026-01-01T00:00:00Z"), service("b")),
    );
    assert.deepEqual(names(mesh.services), ["b", "c", "a"]);
  });
});
