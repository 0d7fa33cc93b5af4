import { fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { type Struct, StructSchema } from "@bufbuild/protobuf/wkt";
import { type Peer, peerFromMetadata } from "../../telemetry/peer.ts";

/** Base64 of a Struct that describes the sender's workload. */
export const PEER_HEADER = "x-envoy-peer-metadata";
/** The sender's node id. */
export const PEER_ID_HEADER = "x-envoy-peer-metadata-id";

/** Larger ones are ignored: they come from the network. */
const MAX_HEADER_CHARS = 8 * 1024;
/** Peers are few and repeat on every request; strangers must not make the cache grow without end. */
const MAX_CACHED_PEERS = 1000;

/** What this proxy tells about itself, made once. */
export function encodePeer(peer: Peer): string {
  const struct: Struct = fromJson(StructSchema, {
    NAME: peer.workload,
    NAMESPACE: peer.namespace,
    WORKLOAD_NAME: peer.workload,
    CLUSTER_ID: peer.cluster,
    LABELS: {
      app: peer.app,
      version: peer.version,
      "service.istio.io/canonical-name": peer.canonicalService,
      "service.istio.io/canonical-revision": peer.canonicalRevision,
    },
  });
  return Buffer.from(toBinary(StructSchema, struct)).toString("base64");
}

/** Decodes what other proxies tell; each distinct text once. */
export class PeerDecoder {
  readonly #cache = new Map<string, Peer | undefined>();

  /** Undefined for anything that is not a Struct in base64. */
  decode(header: string): Peer | undefined {
    if (header.length > MAX_HEADER_CHARS) return undefined;
    const cached = this.#cache.get(header);
    if (cached !== undefined || this.#cache.has(header)) return cached;
    if (this.#cache.size >= MAX_CACHED_PEERS) this.#cache.clear();
    const peer = decodePeer(header);
    this.#cache.set(header, peer);
    return peer;
  }
}

function decodePeer(header: string): Peer | undefined {
  try {
    const struct = fromBinary(StructSchema, Buffer.from(header, "base64"));
    return peerFromMetadata(toJson(StructSchema, struct) as Record<string, unknown>);
  } catch {
    // A peer's text is untrusted: what cannot be read is a peer we know nothing of.
    return undefined;
  }
}
