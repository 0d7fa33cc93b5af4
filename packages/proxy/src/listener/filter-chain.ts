import { toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type Filter,
  type FilterChain,
  FilterChainSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";
import type { Listener } from "@weft/api/envoy/config/listener/v3/listener_pb.js";
import { RawBufferSchema } from "@weft/api/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js";
import { DownstreamTlsContextSchema } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { type Clock, ConfigError } from "@weft/core";
import { toMs } from "../config/duration.ts";
import type { SecretSource } from "../transport/secret-source.ts";
import { buildServerTls, type ServerTls } from "../transport/server-tls.ts";
import type { NetworkFilter } from "./downstream-connection.ts";
import { type ChainCriteria, parseFilterChainMatch } from "./filter-chain-match.ts";

/** One way to treat a connection, compiled. */
export interface CompiledChain {
  readonly name: string;
  /** Equal when the configuration is: such a chain survives an update with its connections. */
  readonly fingerprint: string;
  readonly criteria: ChainCriteria;
  readonly tls: ServerTls | undefined;
  /** `undefined`: the chain closes its connections. */
  readonly filter: NetworkFilter | undefined;
}

/** What compiling a chain needs. */
export interface FilterChainDeps {
  readonly clock: Clock;
  readonly secrets: SecretSource;
  /** Compiles the network filters of one chain, the terminal one last. Throws `ConfigError`. */
  buildNetworkFilter(filters: readonly Filter[], listener: Listener): NetworkFilter;
}

/** hostile-input's; Envoy waits 15 s. */
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 5_000;

/** Compiles one chain; throws `ConfigError` for what is not supported. */
export function compileFilterChain(
  chain: FilterChain,
  listener: Listener,
  deps: FilterChainDeps,
  field: string,
): CompiledChain {
  const criteria = parseFilterChainMatch(chain.filterChainMatch, `${field}.filter_chain_match`);
  const filter =
    chain.filters.length === 0 ? undefined : deps.buildNetworkFilter(chain.filters, listener);
  return {
    name: chain.name,
    fingerprint: Buffer.from(toBinary(FilterChainSchema, chain)).toString("base64"),
    criteria,
    tls: buildTls(chain, deps, `${field}.transport_socket`),
    filter,
  };
}

function buildTls(chain: FilterChain, deps: FilterChainDeps, field: string): ServerTls | undefined {
  const socket = chain.transportSocket;
  if (socket === undefined) return undefined;
  const any = socket.configType.value;
  if (any === undefined) throw new ConfigError(`${field}.typed_config`, "is required");
  if (anyUnpack(any, RawBufferSchema) !== undefined) return undefined;
  const context = anyUnpack(any, DownstreamTlsContextSchema);
  if (context === undefined)
    throw new ConfigError(`${field}.typed_config`, `${any.typeUrl} is not supported`);
  const handshakeTimeoutMs = toMs(chain.transportSocketConnectTimeout, 0);
  return buildServerTls(
    context,
    {
      secrets: deps.secrets,
      clock: deps.clock,
      handshakeTimeoutMs: handshakeTimeoutMs || DEFAULT_HANDSHAKE_TIMEOUT_MS,
    },
    field,
  );
}
