/**
 * Import rules of the design: each package may import only what its row of the table names.
 * scripts/check-imports.ts runs this and fails when nothing was cruised.
 */
const MAY_IMPORT = {
  api: [],
  core: [],
  xds: ["api", "core"],
  proxy: ["api", "core", "xds"],
  "control-plane": ["api", "core", "xds"],
  cli: ["api", "core", "xds", "proxy", "control-plane"],
};

/** Tests, and the folders of what they share; both may use @weft/testing and are never shipped. */
const TEST_ONLY = "([.](test|fuzz|cases)[.]ts$|/fixture/)";

const isolation = Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
  name: `${name}-imports`,
  comment: `@weft/${name} may import only ${allowed.join(", ") || "nothing"} of the other packages`,
  severity: "error",
  from: { path: `^packages/${name}/src/`, pathNot: TEST_ONLY },
  to: { path: "^packages/", pathNot: `^packages/(${[name, ...allowed].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...isolation,
    {
      name: "packages-through-their-entry",
      comment: "another package is reached through its public entry, never by a path into it",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: {
        path: "^packages/([^/]+)/(src|generated)/",
        pathNot: [
          "^packages/$1/",
          "^packages/[^/]+/src/index[.]ts$",
          "^packages/testing/src/end-to-end[.]ts$",
          "^packages/api/generated/",
        ],
      },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "shipped-code-imports-no-tests",
      severity: "error",
      from: {
        path: "^packages/[^/]+/src/",
        pathNot: `(${TEST_ONLY}|^packages/testing/)`,
      },
      to: { path: `(${TEST_ONLY}|^packages/testing/)` },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "(node_modules|^packages/api/generated)" },
    exclude: { path: "^packages/api/generated/.*[.]d[.]ts$" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".cjs"],
    },
  },
};
