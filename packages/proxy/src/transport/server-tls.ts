import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { DownstreamTlsContext } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { type Clock, ConfigError } from "@weft/core";
import type { TlsInfo } from "../listener/downstream-connection.ts";
import { checkPeerNames, describeTls, readableTlsError, readUriSans } from "./peer-identity.ts";
import type { SanMatcher } from "./san-matcher.ts";
import type { SecretSource } from "./secret-source.ts";
import { createTlsMaterial } from "./tls-material.ts";

/** How a handshake ended. After an error the socket is gone already. */
export type ServerHandshake =
  | { readonly kind: "established"; readonly socket: TLSSocket; readonly info: TlsInfo }
  | { readonly kind: "failed"; readonly error: Error };

/** Terminates TLS for the connections of one filter chain. */
export interface ServerTls {
  /** Handshakes on a paused socket; `done` is called exactly once. No application byte precedes it. */
  accept(socket: Duplex, serverName: string, done: (result: ServerHandshake) => void): void;
  /** Stops following secrets; established connections stay. */
  close(): void;
}

/** What {@link buildServerTls} needs besides the configuration. */
export interface ServerTlsDeps {
  readonly secrets: SecretSource;
  readonly clock: Clock;
  readonly handshakeTimeoutMs: number;
}

/**
 * Compiles a downstream TLS context. Secrets are looked up at each handshake: a rotation counts from
 * the next connection on. A peer is trusted when OpenSSL verifies its chain and one of its names
 * is acceptable; else the connection is destroyed before any byte of the application.
 */
export function buildServerTls(
  config: DownstreamTlsContext,
  deps: ServerTlsDeps,
  field: string,
): ServerTls {
  const material = createTlsMaterial(config.commonTlsContext, deps.secrets, true, field);
  const requiresPeer = config.requireClientCertificate === true;
  if (requiresPeer && !material.validatesPeer)
    throw new ConfigError(`${field}.require_client_certificate`, "needs a validation context");
  return {
    close: () => material.close(),
    accept(raw, serverName, done) {
      const current = material.current();
      if (current instanceof Error) {
        raw.destroy();
        done({ kind: "failed", error: current });
        return;
      }
      const socket = new TLSSocket(raw, {
        isServer: true,
        secureContext: current.context,
        requestCert: material.validatesPeer,
        // OpenSSL itself refuses a missing certificate; a wrong one is refused below.
        rejectUnauthorized: requiresPeer,
        ...(material.alpnProtocols.length > 0
          ? { ALPNCallback: (hello) => chooseAlpn(material.alpnProtocols, hello.protocols) }
          : {}),
      });
      const finish = (result: ServerHandshake) => {
        timer.cancel();
        socket.off("secure", onSecure).off("error", onError).off("close", onClose);
        if (result.kind === "failed") {
          socket.on("error", ignore);
          socket.destroy();
          raw.destroy();
        }
        done(result);
      };
      const onError = (error: Error) => finish({ kind: "failed", error: readableTlsError(error) });
      const onClose = () =>
        finish({ kind: "failed", error: new Error("peer closed during the handshake") });
      const onSecure = () => {
        const error = verifyPeer(
          socket,
          material.validatesPeer,
          requiresPeer,
          material.acceptedSans,
        );
        if (error !== undefined) return finish({ kind: "failed", error });
        const localUriSans = readUriSans(current.certificateChainPem);
        markSecure(socket);
        finish({
          kind: "established",
          socket,
          info: describeTls(socket, serverName, localUriSans),
        });
      };
      const timer = deps.clock.schedule(deps.handshakeTimeoutMs, () =>
        finish({ kind: "failed", error: new Error("TLS handshake timed out") }),
      );
      socket.on("secure", onSecure).on("error", onError).on("close", onClose);
      // The legacy renegotiation of TLS 1.2 only costs; nobody in the mesh uses it.
      socket.disableRenegotiation();
      socket.pause();
    },
  };
}

/**
 * Ours in our order. Without a common one the caller's first, whatever it means, as good as none:
 * Envoy then goes on without ALPN, and sidecars that offer only `istio` rely on that, while OpenSSL
 * would end the handshake.
 */
function chooseAlpn(ours: readonly string[], offered: readonly string[]): string | undefined {
  return ours.find((protocol) => offered.includes(protocol)) ?? offered[0];
}

function verifyPeer(
  socket: TLSSocket,
  validates: boolean,
  requires: boolean,
  acceptedSans: SanMatcher,
): Error | undefined {
  if (!validates) return undefined;
  const peer = socket.getPeerX509Certificate();
  if (peer === undefined) return requires ? new Error("peer sent no certificate") : undefined;
  const { verifyError } = (socket as unknown as VerifiedSocket).ssl;
  const error = verifyError.call((socket as unknown as VerifiedSocket).ssl);
  return error ?? checkPeerNames(peer, acceptedSans);
}

/** Node reports the result of verification publicly only on sockets that a tls.Server accepted. */
interface VerifiedSocket {
  readonly ssl: { verifyError(): Error | null };
}

/**
 * Node does this itself only for sockets that a tls.Server accepted; an HTTP/2 session waits for it before it
 * reads a byte.
 */
function markSecure(socket: TLSSocket): void {
  (socket as unknown as { secureConnecting: boolean }).secureConnecting = false;
}

function ignore(): void {}
