import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TYPE_URL, type TypeUrl } from "@weft/api";
import { createFakeClock } from "@weft/testing";
import type { XdsResource, XdsResources } from "../xds-resource.ts";
import type { XdsRequest, XdsResponse, XdsVariant } from "./xds-message.ts";
import { XdsSession } from "./xds-session.ts";

const { cluster: CDS, endpoint: EDS, listener: LDS, route: RDS } = TYPE_URL;
const PATIENCE_MS = 5000;

describe("an xDS session, state of the world", () => {
  test("no names in the first request mean all clusters", () => {
    const { subscribe, take } = setUp("sotw", { [CDS]: { a: 1, b: 1 } });
    subscribe(CDS);
    assert.deepEqual(take(), ["CDS a b"]);
  });

  test("no names in the first request of another type mean none", () => {
    const { subscribe, take } = setUp("sotw", { [EDS]: { a: 1 } });
    subscribe(EDS);
    assert.deepEqual(take(), []);
  });

  test("a changed cluster is sent with all others, a changed endpoint alone", () => {
    const { subscribe, take, set } = setUp("sotw", {
      [CDS]: { a: 1, b: 1 },
      [EDS]: { a: 1, b: 1 },
    });
    subscribe(CDS);
    subscribe(EDS, "a", "b");
    assert.deepEqual(take(), ["CDS a b", "EDS a b"]);
    set({ [CDS]: { a: 1, b: 1 }, [EDS]: { a: 2, b: 1 } });
    assert.deepEqual(take(), ["EDS a"]);
    set({ [CDS]: { a: 1, b: 2 }, [EDS]: { a: 2, b: 1 } });
    assert.deepEqual(take(), ["CDS a b", "EDS b"]);
  });

  test("an answer to another response than the latest is ignored", () => {
    const { session, take } = setUp("sotw", { [CDS]: { a: 1 }, [LDS]: {} });
    session.receive(sotw(CDS, []));
    session.receive({ ...sotw(CDS, []), nonce: "stale" });
    assert.deepEqual(take({ ack: false }), ["CDS a"]);
    assert.equal(session.status()[0]?.ackedVersion, "");
  });
});

describe("an incremental xDS session", () => {
  test("only what changed is sent, and what is gone by name", () => {
    const { subscribe, take, set } = setUp("delta", { [LDS]: { a: 1, b: 1, c: 1 } });
    subscribe(LDS);
    assert.deepEqual(take(), ["LDS a b c"]);
    set({ [LDS]: { a: 1, b: 2 } });
    assert.deepEqual(take(), ["LDS b -c"]);
  });

  test("what the client kept of an earlier stream is not sent again", () => {
    const { session, take } = setUp("delta", { [LDS]: { a: 1, b: 2 } });
    session.receive(delta(LDS, [], { a: "1", b: "1", gone: "1" }));
    assert.deepEqual(take(), ["LDS b -gone"]);
  });

  test("a name that does not exist is said to be absent, and sent once it exists", () => {
    const { subscribe, take, set } = setUp("delta", { [RDS]: {} });
    subscribe(RDS, "80");
    assert.deepEqual(take(), ["RDS -80"]);
    set({ [RDS]: { 80: 1 } });
    assert.deepEqual(take(), ["RDS 80"]);
  });

  test("a name that is unsubscribed is not sent any more", () => {
    const { session, subscribe, take, set } = setUp("delta", { [RDS]: { 80: 1, 90: 1 } });
    subscribe(RDS, "80", "90");
    assert.deepEqual(take(), ["RDS 80 90"]);
    session.receive({
      ...delta(RDS, []),
      names: { kind: "change", subscribe: [], unsubscribe: ["80"], initialVersions: {} },
    });
    set({ [RDS]: { 80: 2, 90: 2 } });
    assert.deepEqual(take(), ["RDS 90"]);
  });

  test("a refusal is kept with its words, and not repeated until something changes", () => {
    const { session, subscribe, take, set } = setUp("delta", { [LDS]: { a: 1 } });
    subscribe(LDS);
    take({ refuse: "no port" });
    const [status] = session.status();
    assert.equal(status?.nackMessage, "no port");
    assert.equal(status?.isSynced, false);
    assert.deepEqual(take(), []);
    set({ [LDS]: { a: 2 } });
    assert.deepEqual(take(), ["LDS a"]);
    assert.equal(session.status()[0]?.isSynced, true);
  });

  test("while a response is unanswered, changes gather into one", () => {
    const { subscribe, take, set } = setUp("delta", { [LDS]: { a: 1 } });
    subscribe(LDS);
    set({ [LDS]: { a: 2 } });
    set({ [LDS]: { a: 3, b: 1 } });
    assert.deepEqual(take({ ack: false }), ["LDS a"]);
    assert.deepEqual(take(), ["LDS a b"]);
  });

  test("an unknown type is ignored", () => {
    const { session, take } = setUp("delta", {});
    session.receive(delta("type.googleapis.com/example.Unknown", []));
    assert.deepEqual(take(), []);
  });
});

describe("make before break", () => {
  const before = { [CDS]: { old: 1 }, [EDS]: { old: 1 }, [LDS]: { l: 1 }, [RDS]: { r: 1 } };
  const after = { [CDS]: { new: 1 }, [EDS]: { new: 1 }, [LDS]: { l: 2 }, [RDS]: { r: 2 } };

  function connected() {
    const fixture = setUp("delta", before);
    fixture.subscribe(CDS);
    fixture.subscribe(EDS, "old", "new");
    fixture.subscribe(LDS);
    fixture.subscribe(RDS, "r");
    fixture.take();
    fixture.set(after);
    return fixture;
  }

  test("clusters and endpoints go first, then listeners and routes; what is gone goes last", () => {
    assert.deepEqual(connected().take(), [
      "CDS new",
      "EDS new",
      "LDS l",
      "RDS r",
      "CDS -old",
      "EDS -old",
    ]);
  });

  test("a missing acknowledgement holds back what needs it, but not forever", () => {
    const { take, clock } = connected();
    assert.deepEqual(take({ ack: false }), ["CDS new", "EDS new"]);
    assert.deepEqual(take({ ack: false }), []);
    clock.advanceMs(PATIENCE_MS);
    assert.deepEqual(take({ ack: false }), ["LDS l", "RDS r"]);
  });

  test("nothing is removed while a listener that may refer to it was refused", () => {
    const { take } = connected();
    const sent = take({ refuse: "no", refuseType: LDS });
    assert(!sent.includes("CDS -old"));
  });
});

type Content = Partial<Record<TypeUrl, Readonly<Record<string, number>>>>;

function setUp(variant: XdsVariant, initial: Content) {
  const clock = createFakeClock();
  const waiting: XdsResponse[] = [];
  const unanswered: XdsResponse[] = [];
  const session = new XdsSession({ variant, clock, send: (response) => waiting.push(response) });
  const subscribed = new Map<string, readonly string[]>();
  let version = 0;
  const set = (content: Content) => {
    version += 1;
    session.update(resources(content), `v${version}`);
  };
  set(initial);
  return {
    session,
    clock,
    set,
    subscribe(typeUrl: TypeUrl, ...names: string[]) {
      subscribed.set(typeUrl, names);
      session.receive(variant === "sotw" ? sotw(typeUrl, names) : delta(typeUrl, names));
    },
    /** What was sent, and is answered as told; answers may lead to more. */
    take(
      how: { readonly ack?: boolean; readonly refuse?: string; readonly refuseType?: TypeUrl } = {},
    ): readonly string[] {
      const taken: string[] = [];
      if (how.ack !== false) {
        for (const late of unanswered.splice(0)) session.receive(answer(late, how));
      }
      for (let response = waiting.shift(); response !== undefined; response = waiting.shift()) {
        taken.push(format(response));
        if (how.ack === false) unanswered.push(response);
        else session.receive(answer(response, how));
      }
      return taken;
    },
  };

  function answer(
    { typeUrl, nonce }: XdsResponse,
    { refuse, refuseType }: { readonly refuse?: string; readonly refuseType?: TypeUrl },
  ): XdsRequest {
    const names = subscribed.get(typeUrl) ?? [];
    const base = variant === "sotw" ? sotw(typeUrl, names) : delta(typeUrl, []);
    const isRefused = refuse !== undefined && (refuseType ?? typeUrl) === typeUrl;
    return { ...base, nonce, ...(isRefused && { errorMessage: refuse }) };
  }
}

function format({ typeUrl, resources: sent, removed }: XdsResponse): string {
  const type = { [CDS]: "CDS", [EDS]: "EDS", [LDS]: "LDS", [RDS]: "RDS" }[typeUrl as string];
  const names = sent.map(({ name }) => name).sort();
  return [type, ...names, ...removed.map((name) => `-${name}`)].join(" ");
}

function sotw(typeUrl: string, names: readonly string[]): XdsRequest {
  return { typeUrl, nonce: "", names: { kind: "replace", names } };
}

function delta(
  typeUrl: string,
  subscribe: readonly string[],
  initialVersions: Readonly<Record<string, string>> = {},
): XdsRequest {
  return {
    typeUrl,
    nonce: "",
    names: { kind: "change", subscribe, unsubscribe: [], initialVersions },
  };
}

function resources(content: Content): XdsResources {
  return new Map(
    Object.entries(content).map(([typeUrl, byName]) => [
      typeUrl as TypeUrl,
      new Map(
        Object.entries(byName).map(([name, version]): [string, XdsResource] => [
          name,
          { name, version: String(version), bytes: new Uint8Array() },
        ]),
      ),
    ]),
  );
}
