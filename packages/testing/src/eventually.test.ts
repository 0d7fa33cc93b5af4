import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "./eventually.ts";

describe("eventually", () => {
  test("answers the first value that the probe has", async () => {
    let asked = 0;
    const probe = () => (++asked < 3 ? undefined : "ready");
    assert.equal(await eventually("ready", probe, { everyMs: 1 }), "ready");
    assert.equal(asked, 3);
  });

  test("takes a throwing probe for one that has no answer yet", async () => {
    let asked = 0;
    const probe = () => {
      if (++asked < 3) throw new Error("not yet");
      return asked;
    };
    assert.equal(await eventually("ready", probe, { everyMs: 1 }), 3);
  });

  test("names what it waited for, and the last complaint, at the deadline", async () => {
    const probe = () => {
      throw new Error("refused");
    };
    await assert.rejects(eventually("an answer", probe, { deadlineMs: 3, everyMs: 1 }), {
      message: "an answer did not come true in 3 ms: refused",
    });
  });
});
