import { parseArgs } from "node:util";
import { ConfigError, parseDurationMs } from "@weft/core";

/** What the program was told, with defaults filled in. */
export interface ControlPlaneOptions {
  readonly configPaths: readonly string[];
  readonly stateFolder: string;
  readonly address: string;
  readonly trustDomain: string;
  readonly workloadCertificateLifetimeMs: number;
  /** Ends when its standard input does, which is when its parent dies. */
  readonly exitsWithParent: boolean;
  readonly servesPlaintextXds: boolean;
}

/** The text of `--help`. */
export const USAGE = `usage: control-plane --config PATH... --state DIR [options]

  --config PATH                          file or folder of YAML; repeatable; watched
  --state DIR                            holds the CA's root and join tokens
  --address IP                           where to listen (127.0.0.1)
  --trust-domain NAME                    of all identities (cluster.local)
  --workload-certificate-lifetime TIME   like 24h or 20s (24h)
  --exit-with-parent                     end when standard input ends
  --plaintext-xds                        also serve xDS on 15010 to whoever asks; for debugging
  -h, --help                             this text
`;

/** A leaf is renewed at half its life, which takes a moment. */
const MIN_LIFETIME_MS = 2000;

/** Reads the command line; `"help"` when that was asked for. Throws `ConfigError` on misuse. */
export function parseControlPlaneOptions(argv: readonly string[]): ControlPlaneOptions | "help" {
  const values = parseValues(argv);
  if (values.help === true) return "help";
  const { config = [], state } = values;
  if (config.length === 0) throw new ConfigError("--config", "is missing: where is the YAML?");
  if (state === undefined) throw new ConfigError("--state", "is missing: where is the CA's root?");
  const lifetimeField = "--workload-certificate-lifetime";
  const lifetimeMs = parseDurationMs(values["workload-certificate-lifetime"], lifetimeField);
  if (lifetimeMs < MIN_LIFETIME_MS) {
    throw new ConfigError(lifetimeField, "must be 2s or more, or certificates cannot be renewed");
  }
  return {
    configPaths: config,
    stateFolder: state,
    address: values.address,
    trustDomain: values["trust-domain"],
    workloadCertificateLifetimeMs: lifetimeMs,
    exitsWithParent: values["exit-with-parent"],
    servesPlaintextXds: values["plaintext-xds"],
  };
}

function parseValues(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        config: { type: "string", multiple: true },
        state: { type: "string" },
        address: { type: "string", default: "127.0.0.1" },
        "trust-domain": { type: "string", default: "cluster.local" },
        "workload-certificate-lifetime": { type: "string", default: "24h" },
        "exit-with-parent": { type: "boolean", default: false },
        "plaintext-xds": { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (cause) {
    // Node's sentence names the option and what is wrong with it.
    throw new ConfigError("", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
