import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { findPortHolder, formatPortInUse, isListening } from "./port-holder.ts";

test("port holder: says which process listens", {
  skip: process.platform !== "linux",
}, async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  assert.equal(findPortHolder(port)?.pid, process.pid);
  assert.ok(isListening(port));
  await new Promise((resolve) => server.close(resolve));
  assert.equal(findPortHolder(port), undefined);
});

test("port in use: the message names the holder and another port", () => {
  const text = formatPortInUse(8080, 80, { pid: 7, command: "python3 -m http.server" });
  assert.match(text, /python3 -m http\.server \(process 7\).*--port 80=18080$/);
});
