/** Stands for an application: listens where it is told, and leaves a process of its own running. */
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const { HOST, PORT, HTTP_PROXY, NODE_USE_ENV_PROXY, HOSTNAME } = process.env;
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
createServer((_, response) => response.end("hello")).listen(Number(PORT), HOST, () => {
  const facts = { HOSTNAME, HTTP_PROXY, NODE_USE_ENV_PROXY, child: child.pid };
  console.log(JSON.stringify({ ...facts, startedAt: Date.now() }));
});
