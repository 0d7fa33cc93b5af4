/** Stands for a sidecar: answers /ready on its admin address, needs a token, ends with its parent. */
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");

if ((process.env.WEFT_JOIN_TOKEN ?? "") === "") throw new Error("no token");
const bootstrap = JSON.parse(readFileSync(process.argv[process.argv.indexOf("-c") + 1], "utf8"));
const { address, port_value: port } = bootstrap.admin.address.socket_address;
createServer((_, response) => response.end("LIVE")).listen(port, address, () => {
  console.log(`${bootstrap.node.id} is ready at ${Date.now()}`);
});
process.stdin.on("end", () => process.exit(0)).resume();
process.on("SIGTERM", () => process.exit(0));
