/**
 * ADS over gRPC: each accepted stream becomes an {@link XdsConnection} with its {@link XdsSession}.
 * Who may connect, and what each client should have, is decided by the caller.
 */
import {
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Node } from "@weft/api/envoy/config/core/v3/base_pb.js";
import { AggregatedDiscoveryService } from "@weft/api/envoy/service/discovery/v3/ads_pb.js";
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  DiscoveryResponse,
} from "@weft/api/envoy/service/discovery/v3/discovery_pb.js";
import { SecretDiscoveryService } from "@weft/api/envoy/service/secret/v3/sds_pb.js";
import { type Clock, toError } from "@weft/core";
import { toServiceDefinition } from "../grpc/service-definition.ts";
import type { ResourceType } from "../resource-type.ts";
import type { RequestVerdict } from "./type-session.ts";
import {
  fromDeltaDiscoveryRequest,
  fromDiscoveryRequest,
  toDeltaDiscoveryResponse,
  toDiscoveryResponse,
} from "./wire-format.ts";
import type { XdsRequest, XdsResponse, XdsVariant } from "./xds-message.ts";
import { XdsSession, type XdsTypeStatus } from "./xds-session.ts";

/** One accepted stream. */
export interface XdsConnection {
  /** Unique in this process: `<node id>-<count>`. */
  readonly id: string;
  readonly node: Node;
  readonly variant: XdsVariant;
  readonly session: XdsSession;
  /** Ends the stream; the client is expected to come back. */
  close(reason: string): void;
}

/** What is known of a client when its first request arrives. */
export interface XdsPeer {
  readonly node: Node;
  /** DER of the certificate it proved to hold; `undefined` on a plaintext connection or without one. */
  readonly certificate: Uint8Array | undefined;
  /** `address:port`. */
  readonly address: string;
}

/** What an XDS server needs. All hooks are called synchronously. */
export interface XdsServerConfig {
  readonly clock: Clock;
  /** Sent in each response, for people. */
  readonly controlPlaneId: string;
  /** A text refuses the client with PERMISSION_DENIED and that text; `undefined` lets it in. */
  readonly authorize: (peer: XdsPeer) => string | undefined;
  readonly onConnect: (connection: XdsConnection) => void;
  readonly onDisconnect: (connection: XdsConnection) => void;
  readonly onRequest?: (
    connection: XdsConnection,
    type: ResourceType,
    verdict: RequestVerdict,
    status: XdsTypeStatus,
  ) => void;
  readonly onSend?: (connection: XdsConnection, response: XdsResponse) => void;
}

type AnyRequest = DiscoveryRequest | DeltaDiscoveryRequest;
type AnyResponse = DiscoveryResponse | DeltaDiscoveryResponse;
type AdsCall = ServerDuplexStream<AnyRequest, AnyResponse>;

interface Variant {
  readonly name: XdsVariant;
  readonly read: (request: AnyRequest) => XdsRequest;
  readonly write: (response: XdsResponse, controlPlaneId: string) => AnyResponse;
}

const SOTW: Variant = {
  name: "sotw",
  read: (request) => fromDiscoveryRequest(request as DiscoveryRequest),
  write: toDiscoveryResponse,
};
const DELTA: Variant = {
  name: "delta",
  read: (request) => fromDeltaDiscoveryRequest(request as DeltaDiscoveryRequest),
  write: toDeltaDiscoveryResponse,
};

/** The streams of one xDS server; its service may be added to several gRPC servers. */
export interface XdsServer {
  /** Serves ADS on `server`, in both variants. */
  addTo(server: Server): void;
  /** Serves SDS on `server`, in both variants. */
  addSecretsTo(server: Server): void;
  readonly connections: ReadonlySet<XdsConnection>;
  /** Ends all streams. */
  close(reason: string): void;
}

/** An xDS server that is on no gRPC server yet. */
export function createXdsServer(config: XdsServerConfig): XdsServer {
  const connections = new Set<XdsConnection>();
  let count = 0;
  const serve = (variant: Variant) => (call: AdsCall) => {
    count += 1;
    serveStream(call, { variant, config, connections, count });
  };
  return {
    connections,
    addTo(server) {
      server.addService(toServiceDefinition(AggregatedDiscoveryService), {
        streamAggregatedResources: serve(SOTW),
        deltaAggregatedResources: serve(DELTA),
      });
    },
    addSecretsTo(server) {
      server.addService(toServiceDefinition(SecretDiscoveryService), {
        streamSecrets: serve(SOTW),
        deltaSecrets: serve(DELTA),
      });
    },
    close(reason) {
      for (const connection of [...connections]) connection.close(reason);
    },
  };
}

interface StreamContext {
  readonly variant: Variant;
  readonly config: XdsServerConfig;
  readonly connections: Set<XdsConnection>;
  readonly count: number;
}

function serveStream(call: AdsCall, context: StreamContext): void {
  const { config, variant, connections } = context;
  let connection: XdsConnection | undefined;
  let isOver = false;

  const disconnect = () => {
    if (isOver) return;
    isOver = true;
    if (connection === undefined) return;
    connection.session.close();
    connections.delete(connection);
    config.onDisconnect(connection);
  };
  const fail = (code: status, details: string) => {
    if (isOver) return;
    disconnect();
    // grpc-js ends the stream with the status of an emitted error.
    call.emit("error", {
      code,
      details,
      name: "xds",
      message: details,
    } satisfies Partial<ServiceError>);
  };

  call.on("data", (request: AnyRequest) => {
    if (isOver) return;
    try {
      if (connection === undefined) {
        const opened = openConnection(call, request, context, fail);
        if (typeof opened === "string") return;
        connection = opened;
        connections.add(connection);
        config.onConnect(connection);
      }
      connection.session.receive(variant.read(request));
    } catch (thrown) {
      fail(status.INTERNAL, `a bug in the control plane: ${toError(thrown).message}`);
    }
  });
  call.on("end", () => {
    disconnect();
    call.end();
  });
  call.on("cancelled", disconnect);
  call.on("close", disconnect);
  call.on("error", disconnect);
}

type Fail = (code: status, details: string) => void;

function openConnection(
  call: AdsCall,
  request: AnyRequest,
  context: StreamContext,
  fail: Fail,
): XdsConnection | "refused" {
  const { config, variant } = context;
  const { node } = request;
  if (node === undefined || node.id === "") {
    fail(status.INVALID_ARGUMENT, "the first request of a stream has to carry the node and its id");
    return "refused";
  }
  const certificate = call.getAuthContext().sslPeerCertificate?.raw;
  const refusal = config.authorize({ node, certificate, address: call.getPeer() });
  if (refusal !== undefined) {
    fail(status.PERMISSION_DENIED, refusal);
    return "refused";
  }
  // Headers at once, so that the client knows it is accepted before there is anything to send.
  call.sendMetadata(new Metadata());
  const connection: XdsConnection = {
    id: `${node.id}-${context.count}`,
    node,
    variant: variant.name,
    session: new XdsSession({
      variant: variant.name,
      clock: config.clock,
      send: (response) => {
        call.write(variant.write(response, config.controlPlaneId));
        config.onSend?.(connection, response);
      },
      onRequest: (type, verdict, typeStatus) =>
        config.onRequest?.(connection, type, verdict, typeStatus),
    }),
    close: (reason) => fail(status.UNAVAILABLE, reason),
  };
  return connection;
}
