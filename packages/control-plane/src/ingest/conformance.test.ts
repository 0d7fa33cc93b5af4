import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { ResourceStore } from "../config-source/resource-store.ts";
import type { Problem } from "../model/problem.ts";
import { formatProblem } from "./format-problem.ts";
import { splitDocuments } from "./yaml/split-documents.ts";

const data =
  process.env.WEFT_CONFORMANCE_DATA ??
  join(import.meta.dirname, "../../../../../shared/conformance");
const skip = existsSync(join(data, "istio")) ? false : "foreign test data is not there";

/** What is wrong with the text alone, as errors. */
function findErrors(text: string): readonly Problem[] {
  const store = new ResourceStore();
  store.put("file.yaml", text);
  return store.read(["file.yaml"]).problems.filter(({ severity }) => severity === "error");
}

function list(folder: string): readonly string[] {
  if (skip !== false) return [];
  const path = join(data, folder);
  return readdirSync(path)
    .filter((each) => each.endsWith(".yaml"))
    .map((each) => join(path, each));
}

describe("Istio's samples", { skip }, () => {
  for (const folder of ["kube", "networking"]) {
    for (const file of list(`istio/samples/bookinfo/${folder}`)) {
      test(`${folder}/${basename(file)} is accepted as it is`, () => {
        assert.deepEqual(findErrors(readFileSync(file, "utf8")).map(formatProblem), []);
      });
    }
  }

  test("a file with a document that Weft leaves alone says so", () => {
    const store = new ResourceStore();
    const file = join(data, "istio/samples/bookinfo/kube/bookinfo-ingress.yaml");
    store.put("ingress.yaml", readFileSync(file, "utf8"));
    const { problems } = store.read(["ingress.yaml"]);
    assert.deepEqual(
      problems.map(({ severity, code }) => [severity, code]),
      [["warning", "UnsupportedKind"]],
    );
  });
});

/** Istio's own examples of right and wrong, of the kinds that Weft implements. */
describe("Istio's validation cases", { skip }, () => {
  const kinds = ["destinationrule", "peerauth", "serviceentry"];
  for (const kind of kinds) {
    for (const file of list("istio/validation").filter((each) =>
      basename(each).startsWith(`${kind}-`),
    )) {
      for (const { text, firstLine } of splitDocuments(readFileSync(file, "utf8"))) {
        const isValid = basename(file) === `${kind}-valid.yaml`;
        // Go's parser takes a trailing colon within brackets for text; YAML 1.2 §7.3.3 for a mapping.
        const document = text.replace(/^_err:.*$/m, "").replace("001:db8::", '"001:db8::"');
        test(`${basename(file)}:${firstLine} is ${isValid ? "accepted" : "refused"}`, () => {
          const errors = findErrors(document);
          // What Istio accepts may still be something Weft names as not implemented.
          const wrong = errors.filter(({ code }) => code !== "Unsupported");
          assert.equal(
            (isValid ? wrong : errors).length > 0,
            !isValid,
            errors.map(formatProblem).join(),
          );
        });
      }
    }
  }
});

describe("a real cluster's state", { skip }, () => {
  test("services, pods and accounts of a List are read, every pod with its labels", () => {
    const store = new ResourceStore();
    const file = join(data, "istiod/base/cluster-state.json");
    store.put("cluster.json", readFileSync(file, "utf8"));
    const { mesh, problems } = store.read(["cluster.json"]);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === "error"),
      [],
    );
    assert.deepEqual(
      mesh.services.filter(({ namespace }) => namespace === "bookinfo").map(({ name }) => name),
      ["details", "productpage", "ratings", "reviews"],
    );
    const productpage = mesh.workloads.find(({ labels }) => labels.app === "productpage");
    assert.equal(productpage?.serviceAccount, "bookinfo-productpage");
    assert.equal(productpage?.workloadName, "productpage-v1");
    assert.equal(productpage?.isReady, true);
  });
});
