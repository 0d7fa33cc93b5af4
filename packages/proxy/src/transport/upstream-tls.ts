import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import type { UpstreamTlsContext } from "@weft/api/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { TlsInfo } from "../listener/downstream-connection.ts";
import { checkPeerNames, describeTls, readableTlsError, readUriSans } from "./peer-identity.ts";
import type { SanMatcher } from "./san-matcher.ts";
import type { SecretSource } from "./secret-source.ts";
import { createTlsMaterial, type TlsMaterial } from "./tls-material.ts";

/** How a handshake ended. After a failure the socket is gone already. */
export type UpstreamHandshake =
  | { readonly kind: "established"; readonly socket: TLSSocket; readonly info: TlsInfo }
  | { readonly kind: "failed"; readonly error: Error };

/** TLS towards the hosts of one transport socket. */
export interface UpstreamTls {
  /**
   * Handshakes on a connected (or connecting) socket. `done` is called once; the caller bounds the
   * time and destroys `socket` to give up. Without `sessionKey` (the host's address) no session is resumed.
   */
  connect(
    socket: Duplex,
    sessionKey: string | undefined,
    done: (result: UpstreamHandshake) => void,
  ): void;
  close(): void;
}

/** Sessions kept for resumption, one for each host. */
const MAX_SESSIONS = 1_000;

/**
 * Compiles an upstream TLS context. Who the peer is decides its SAN alone, by the configured
 * matchers; the host name that it was dialled by does not matter (as in Envoy).
 */
export function buildUpstreamTls(
  config: UpstreamTlsContext,
  secrets: SecretSource,
  field: string,
): UpstreamTls {
  const material = createTlsMaterial(config.commonTlsContext, secrets, false, field);
  const sessions = new SessionCache();
  const unsubscribe = secrets.onChange(() => sessions.clear());
  return {
    close() {
      unsubscribe();
      material.close();
    },
    connect: (socket, sessionKey, done) =>
      handshake(socket, config.sni, material, sessions, sessionKey, done),
  };
}

function handshake(
  raw: Duplex,
  sni: string,
  material: TlsMaterial,
  sessions: SessionCache,
  sessionKey: string | undefined,
  done: (result: UpstreamHandshake) => void,
): void {
  const current = material.current();
  if (current instanceof Error) {
    raw.destroy();
    done({ kind: "failed", error: current });
    return;
  }
  const known = sessionKey === undefined ? undefined : sessions.take(sessionKey);
  const socket = connect({
    socket: raw,
    secureContext: current.context,
    rejectUnauthorized: material.validatesPeer,
    // The chain is OpenSSL's business, the name is ours: see onSecure.
    checkServerIdentity: () => undefined,
    ...(sni !== "" && isIP(sni) === 0 ? { servername: sni } : {}),
    ...(material.alpnProtocols.length > 0 ? { ALPNProtocols: [...material.alpnProtocols] } : {}),
    ...(known !== undefined ? { session: known.session } : {}),
  });
  socket.allowHalfOpen = true;
  const finish = (result: UpstreamHandshake) => {
    socket.off("secureConnect", onSecure).off("error", onError).off("close", onClose);
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
    // A ticket that came of a resumed session brings no certificate along; that we still hold its key
    // is proof that the peer is the one whose certificate we saw.
    const resumed = socket.isSessionReused() ? known?.peer : undefined;
    const peer = socket.getPeerX509Certificate() ?? resumed;
    const error = material.validatesPeer ? checkPeer(peer, material.acceptedSans) : undefined;
    if (error !== undefined) return finish({ kind: "failed", error });
    if (sessionKey !== undefined && peer !== undefined)
      socket.on("session", (session: Buffer) => sessions.put(sessionKey, { session, peer }));
    const localUriSans = readUriSans(current.certificateChainPem);
    finish({ kind: "established", socket, info: describeTls(socket, sni, localUriSans, peer) });
  };
  socket.on("secureConnect", onSecure).on("error", onError).on("close", onClose);
}

/** Without a certificate nobody is trusted. */
function checkPeer(peer: X509Certificate | undefined, acceptedSans: SanMatcher): Error | undefined {
  return peer === undefined
    ? new Error("peer sent no certificate")
    : checkPeerNames(peer, acceptedSans);
}

/** A ticket, and whose it is. */
interface KnownSession {
  readonly session: Buffer;
  readonly peer: X509Certificate;
}

/** Tickets by host. A ticket of TLS 1.3 is used once (RFC 8446, appendix C.4). */
class SessionCache {
  readonly #byKey = new Map<string, KnownSession>();

  take(key: string): KnownSession | undefined {
    const session = this.#byKey.get(key);
    this.#byKey.delete(key);
    return session;
  }

  put(key: string, session: KnownSession): void {
    this.#byKey.set(key, session);
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MAX_SESSIONS && oldest !== undefined) this.#byKey.delete(oldest);
  }

  clear(): void {
    this.#byKey.clear();
  }
}

function ignore(): void {}
