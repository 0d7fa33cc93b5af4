/** Stands for the control plane: answers /ready where the real one would, and ends with its parent. */
const { createServer } = require("node:http");

const address = process.argv[process.argv.indexOf("--address") + 1];
createServer(({ url }, response) => {
  response.writeHead(url === "/ready" ? 200 : 404).end();
}).listen(15014, address);
console.log(`started with ${process.argv.slice(2).join(" ")}`);
console.log("services.yaml:3:5: error UnknownField spec.replica: unknown field; write replicas");
process.stdin.on("end", () => process.exit(0)).resume();
process.on("SIGTERM", () => process.exit(0));
