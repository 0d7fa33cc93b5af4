import type { TypeUrl } from "@weft/api";
import type { Clock, Timer } from "@weft/core";
import { RESOURCE_TYPES, type ResourceType, resourceTypeOf } from "../resource-type.ts";
import type { XdsResources } from "../xds-resource.ts";
import { type RequestVerdict, TypeSession } from "./type-session.ts";
import type { XdsRequest, XdsResponse, XdsVariant } from "./xds-message.ts";

/** How one client stands with one type it subscribed to. */
export interface XdsTypeStatus {
  readonly type: ResourceType;
  readonly sentVersion: string;
  readonly sentNonce: string;
  /** Milliseconds of the injected clock; `undefined` before the first response. */
  readonly lastSentAtMs: number | undefined;
  /** Empty before the first acknowledgement. */
  readonly ackedNonce: string;
  /** Empty before the first acknowledgement. */
  readonly ackedVersion: string;
  /** Why the client refused the latest response. */
  readonly nackMessage: string | undefined;
  /** It has acknowledged everything that it should have. */
  readonly isSynced: boolean;
}

/** What an {@link XdsSession} needs. */
export interface XdsSessionConfig {
  readonly variant: XdsVariant;
  readonly clock: Clock;
  /** Puts one response on the wire. */
  readonly send: (response: XdsResponse) => void;
  /** Told of each request of a known type, after it has taken effect. */
  readonly onRequest?: (type: ResourceType, verdict: RequestVerdict, status: XdsTypeStatus) => void;
  /** How long a missing acknowledgement holds back the types that wait for it. Default 5000. */
  readonly patienceMs?: number;
}

/**
 * The server's end of one ADS stream, without the stream: fed with requests and with the resources
 * that the client should have, it says what to send and in which order.
 */
export class XdsSession {
  readonly #config: XdsSessionConfig;
  readonly #patienceMs: number;
  readonly #startedAtMs: number;
  readonly #types = new Map<TypeUrl, TypeSession>();
  #resources: XdsResources | undefined;
  #version = "";
  #nonceCount = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(config: XdsSessionConfig) {
    this.#config = config;
    this.#patienceMs = config.patienceMs ?? 5000;
    this.#startedAtMs = config.clock.nowMs();
  }

  /** Takes one request. Requests of unknown types are ignored: there is nothing to send for them. */
  receive(request: XdsRequest): void {
    const type = resourceTypeOf(request.typeUrl);
    if (type === undefined || this.#isClosed) return;
    let session = this.#types.get(type.typeUrl);
    if (session === undefined) {
      session = new TypeSession(type, this.#config.variant);
      if (this.#resources !== undefined) session.setDesired(this.#resources.get(type.typeUrl));
      this.#types.set(type.typeUrl, session);
    }
    const verdict = session.receive(request);
    this.#config.onRequest?.(type, verdict, toStatus(session));
    this.#advance();
  }

  /** What the client should have from now on; `version` names this state to people. */
  update(resources: XdsResources, version: string): void {
    if (this.#isClosed) return;
    this.#resources = resources;
    this.#version = version;
    for (const [typeUrl, session] of this.#types) {
      // Without resources of a type the client should have none; the empty map says so.
      session.setDesired(resources.get(typeUrl));
    }
    this.#advance();
  }

  /** One entry per subscribed type, in sending order. */
  status(): readonly XdsTypeStatus[] {
    return this.#inOrder().map(toStatus);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #inOrder(): readonly TypeSession[] {
    return RESOURCE_TYPES.flatMap(({ typeUrl }) => this.#types.get(typeUrl) ?? []);
  }

  /** Sends all that may be sent now. */
  #advance(): void {
    for (const session of this.#inOrder()) {
      if (session.inFlightSinceMs !== undefined) continue;
      const { hasAdditions, removed } = session.pending();
      const { sendsAfter, removesAfter } = session.type;
      if (hasAdditions && !sendsAfter.every((typeUrl) => this.#isSettled(typeUrl))) continue;
      const mayRemove = removed.length > 0 && removesAfter.every((url) => this.#isInSync(url));
      if (hasAdditions || mayRemove) this.#send(session, mayRemove);
    }
    this.#armTimer();
  }

  #send(session: TypeSession, withRemovals: boolean): void {
    this.#nonceCount += 1;
    const nonce = `${this.#version}-${this.#nonceCount}`;
    const version = this.#version;
    const { warmsBy, typeUrl } = session.type;
    if (warmsBy !== undefined) {
      // A changed cluster warms only after a response with its endpoints, even unchanged ones.
      const names = session.pending().changed.map(({ name }) => name);
      this.#types.get(warmsBy)?.owe(names);
    }
    const nowMs = this.#config.clock.nowMs();
    const { resources, removed } = session.take({ nonce, version, nowMs, withRemovals });
    this.#config.send({ typeUrl, version, nonce, resources, removed });
  }

  /** Nothing of the type has to be waited for, by patience's end at the latest. */
  #isSettled(typeUrl: TypeUrl): boolean {
    const session = this.#types.get(typeUrl);
    if (session === undefined) return true;
    const { inFlightSinceMs } = session;
    if (inFlightSinceMs !== undefined) return this.#isOver(inFlightSinceMs);
    return !session.pending().hasAdditions;
  }

  /** The client refers to nothing of the type that is about to go. */
  #isInSync(typeUrl: TypeUrl): boolean {
    const session = this.#types.get(typeUrl);
    // A client that has just come back may still subscribe to what refers to the removed resource.
    return session === undefined ? this.#isOver(this.#startedAtMs) : session.isSynced;
  }

  #isOver(sinceMs: number): boolean {
    return this.#config.clock.nowMs() - sinceMs >= this.#patienceMs;
  }

  /** Looks again when the earliest patience ends, if anything waits. */
  #armTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const sessions = this.#inOrder();
    const isWaiting = sessions.some((session) => {
      const { hasAdditions, removed } = session.pending();
      return session.inFlightSinceMs === undefined && (hasAdditions || removed.length > 0);
    });
    if (!isWaiting) return;
    const nowMs = this.#config.clock.nowMs();
    const sinceMs = [this.#startedAtMs, ...sessions.flatMap((s) => s.inFlightSinceMs ?? [])];
    const endsInMs = sinceMs.map((ms) => ms + this.#patienceMs - nowMs).filter((ms) => ms > 0);
    if (endsInMs.length === 0) return;
    const retry = () => this.#advance();
    this.#timer = this.#config.clock.schedule(Math.min(...endsInMs), retry, { unref: true });
  }
}

function toStatus(session: TypeSession): XdsTypeStatus {
  return {
    type: session.type,
    sentVersion: session.sentVersion,
    sentNonce: session.sentNonce,
    lastSentAtMs: session.sentAtMs,
    ackedNonce: session.ackedNonce,
    ackedVersion: session.ackedVersion,
    nackMessage: session.nackMessage,
    isSynced: session.isSynced,
  };
}
