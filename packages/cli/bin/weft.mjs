#!/usr/bin/env node
/**
 * The `weft` command. Weft needs Node 26, which is one of its npm dependencies: an older Node finds
 * that one and hands over to it. Signals are passed on and the exit code is kept.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED_MAJOR = 26;

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  if (process.channel !== undefined && process.env.WEFT_HANDED_OVER === "1") endWithParent();
  const { main } = await import("../src/program.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  handOver();
}

/** The older Node above us holds a channel: when it was killed, this process must not outlive it. */
function endWithParent() {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}

function handOver() {
  const node = findNode(dirname(fileURLToPath(import.meta.url)));
  if (node === undefined) {
    console.error(
      `weft: needs Node ${NEEDED_MAJOR}, and this is ${process.versions.node}; run "npm ci" in the checkout, which brings one`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, WEFT_HANDED_OVER: "1" },
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`weft: ${node} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exit(code ?? 1);
    } else {
      for (const name of signals) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    }
  });
}

/** `node_modules/.bin/node` of the nearest folder upwards that has one. */
function findNode(folder) {
  const candidate = join(folder, "node_modules", ".bin", "node");
  if (existsSync(candidate)) return candidate;
  const parent = dirname(folder);
  return parent === folder ? undefined : findNode(parent);
}
