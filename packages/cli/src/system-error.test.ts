import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatSystemError, isSystemError } from "./system-error.ts";

const HERE = fileURLToPath(import.meta.url);

function thrownBy(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

test("system error: says which file, and what that means", () => {
  const error = thrownBy(() => mkdirSync(HERE));
  assert.ok(isSystemError(error));
  assert.equal(
    formatSystemError(error),
    `${HERE}: there is something else by that name; choose another (EEXIST, mkdir)`,
  );
  const missing = thrownBy(() => readFileSync(`${HERE}/none`));
  assert.ok(isSystemError(missing));
  assert.match(formatSystemError(missing), /a part of that path is a file; choose another/);
});

test("system error: a mistake of ours is none", () => {
  assert.equal(isSystemError(new TypeError("undefined is not a function")), false);
  assert.equal(isSystemError("EACCES"), false);
});
