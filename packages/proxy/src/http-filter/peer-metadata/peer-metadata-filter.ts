import type {
  Config,
  Config_DiscoveryMethod,
  Config_PropagationMethod,
} from "@weft/api/io/istio/http/peer_metadata/config_pb.js";
import type { RequestHead, ResponseHead } from "../../codec/codec.ts";
import {
  CONTINUE,
  type FilterStream,
  type HeadersVerdict,
  type HttpFilter,
  type HttpFilterFactory,
} from "../../http/filter.ts";
import type { HttpDeps } from "../../http/http-deps.ts";
import { encodePeer, PEER_HEADER, PEER_ID_HEADER, PeerDecoder } from "./peer-headers.ts";

/** Which of the four exchanges a proxy takes part in. */
interface Exchange {
  readonly readsRequest: boolean;
  readonly readsResponse: boolean;
  readonly writesRequest: boolean;
  readonly writesResponse: boolean;
}

/**
 * Learns which workload is at the other end: its headers are read (and never passed on to the
 * application or the outside), and this workload's own are written towards the mesh.
 */
export function createPeerMetadataFactory(config: Config, deps: HttpDeps): HttpFilterFactory {
  const exchange: Exchange = {
    readsRequest: config.downstreamDiscovery.some(isHeaders),
    readsResponse: config.upstreamDiscovery.some(isHeaders),
    writesRequest: config.upstreamPropagation.some(isHeaders),
    writesResponse: config.downstreamPropagation.some(isHeaders),
  };
  const own = encodePeer(deps.node);
  const ownId = `${deps.node.workload}.${deps.node.namespace}`;
  const decoder = new PeerDecoder();
  return (stream) => new PeerMetadataFilter(stream, exchange, decoder, { own, ownId });
}

function isHeaders(method: Config_DiscoveryMethod | Config_PropagationMethod): boolean {
  return method.methodSpecifier.case === "istioHeaders";
}

class PeerMetadataFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #exchange: Exchange;
  readonly #decoder: PeerDecoder;
  readonly #self: { readonly own: string; readonly ownId: string };
  #isPeerInMesh = false;

  constructor(
    stream: FilterStream,
    exchange: Exchange,
    decoder: PeerDecoder,
    self: { readonly own: string; readonly ownId: string },
  ) {
    this.#stream = stream;
    this.#exchange = exchange;
    this.#decoder = decoder;
    this.#self = self;
  }

  onRequestHeaders(request: RequestHead): HeadersVerdict {
    const { headers } = request;
    const header = headers.get(PEER_HEADER);
    if (header !== undefined) {
      this.#isPeerInMesh = true;
      if (this.#exchange.readsRequest) {
        this.#stream.info.downstreamPeer = this.#decoder.decode(header);
      }
      headers.remove(PEER_HEADER);
    }
    if (headers.has(PEER_ID_HEADER)) headers.remove(PEER_ID_HEADER);
    if (this.#exchange.writesRequest) {
      headers.add(PEER_HEADER, this.#self.own);
      headers.add(PEER_ID_HEADER, this.#self.ownId);
    }
    return CONTINUE;
  }

  onResponseHeaders(response: ResponseHead): void {
    const { headers } = response;
    const header = headers.get(PEER_HEADER);
    if (header !== undefined) {
      if (this.#exchange.readsResponse) {
        this.#stream.info.upstreamPeer = this.#decoder.decode(header);
      }
      headers.remove(PEER_HEADER);
    }
    if (headers.has(PEER_ID_HEADER)) headers.remove(PEER_ID_HEADER);
    // Only a caller that introduced itself understands the answer.
    if (this.#exchange.writesResponse && this.#isPeerInMesh) {
      headers.add(PEER_HEADER, this.#self.own);
      headers.add(PEER_ID_HEADER, this.#self.ownId);
    }
  }
}
