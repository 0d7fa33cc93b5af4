import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import type { TypeUrl } from "@weft/api";
import { backoffMs, type Timer, toError } from "@weft/core";
import type { AnyRequest, AnyResponse, ClientProtocol } from "./client-protocol.ts";
import { SubscribedType } from "./subscribed-type.ts";
import type {
  XdsClient,
  XdsClientConfig,
  XdsClientState,
  XdsRejection,
  XdsUpdate,
} from "./xds-client.ts";

/** Between streams; a server that restarts is found again within seconds, and not by all at once. */
const BACKOFF = { baseMs: 500, maxMs: 5000 };

const CHANNEL_OPTIONS: ChannelOptions = {
  // The back-off above decides when to connect again; a shared subchannel would add its own.
  "grpc.use_local_subchannel_pool": 1,
  // A server that vanished without a word is noticed within 40 s.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.max_receive_message_length": 128 * 1024 * 1024,
  // Retries of a stream would buffer what was sent; a lost stream is opened anew instead.
  "grpc.enable_retries": 0,
};

/** A refusal may list thousands of resources; the server needs the first to be useful. */
const MAX_REJECTIONS_TOLD = 10;

/**
 * The client over a real transport.
 *
 * - *idle*: before `start`.
 * - *connecting*: a stream is being opened, or the back-off runs; left when headers come, or at `close`.
 * - *connected*: left when the stream ends, for whatever reason.
 * - *closed*: final.
 */
export class XdsStreamClient<Request extends AnyRequest, Response extends AnyResponse>
  implements XdsClient
{
  readonly #config: XdsClientConfig;
  readonly #protocol: ClientProtocol<Request, Response>;
  readonly #types = new Map<string, SubscribedType>();
  /** Types whose subscription changed while a response was applied. */
  readonly #deferred = new Set<SubscribedType>();
  #state: XdsClientState | "idle" = "idle";
  #client: Client | undefined;
  #call: ClientDuplexStream<Request, Response> | undefined;
  #timer: Timer | undefined;
  #failureCount = 0;
  #isNodeSent = false;
  #isApplying = false;

  constructor(config: XdsClientConfig, protocol: ClientProtocol<Request, Response>) {
    this.#config = config;
    this.#protocol = protocol;
  }

  get isConnected(): boolean {
    return this.#state === "connected";
  }

  start(): void {
    if (this.#state !== "idle") return;
    this.#setState("connecting", "started");
    this.#connect();
  }

  subscribe(typeUrl: TypeUrl, names: readonly string[] | "*"): void {
    let type = this.#types.get(typeUrl);
    if (type === undefined) {
      type = new SubscribedType(typeUrl);
      this.#types.set(typeUrl, type);
    }
    type.want(names);
    if (this.#isApplying) this.#deferred.add(type);
    else this.#sendSubscription(type);
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#setState("closed", "closed");
    this.#timer?.cancel();
    this.#disconnect();
  }

  #connect(): void {
    const { credentials, target, channelOptions } = this.#config;
    const { path, requestSerialize, responseDeserialize } = this.#protocol.method;
    try {
      this.#client = new Client(target, credentials(), { ...CHANNEL_OPTIONS, ...channelOptions });
    } catch (thrown) {
      // No certificate yet, or a target that cannot be read: as good as unreachable.
      this.#retryLater(toError(thrown).message);
      return;
    }
    const call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#call = call;
    this.#isNodeSent = false;
    call.on("metadata", () => {
      if (this.#call === call) this.#setState("connected", "the server has answered");
    });
    call.on("data", (response: Response) => {
      if (this.#call === call) this.#receive(response);
    });
    // Every end comes with a status; the error event says the same and must only be listened to.
    call.on("error", () => {});
    call.on("status", (ended: StatusObject) => {
      if (this.#call === call) this.#lose(ended);
    });
    for (const type of this.#types.values()) {
      type.beginStream();
      this.#sendSubscription(type);
    }
  }

  #lose(ended: StatusObject): void {
    this.#disconnect();
    this.#retryLater(`${status[ended.code]}: ${ended.details}`);
  }

  #retryLater(reason: string): void {
    this.#failureCount += 1;
    this.#setState("connecting", reason);
    if (this.#state === "closed") return;
    const { clock, random } = this.#config;
    const delayMs = backoffMs(BACKOFF, this.#failureCount, random);
    this.#timer = clock.schedule(delayMs, () => this.#connect());
  }

  #disconnect(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.cancel();
    this.#client?.close();
    this.#client = undefined;
    this.#deferred.clear();
  }

  #sendSubscription(type: SubscribedType): void {
    if (this.#call === undefined) return;
    const request = this.#protocol.subscribe(type);
    if (request !== undefined) this.#send(request);
  }

  #send(request: Request): void {
    if (!this.#isNodeSent) request.node = this.#config.node;
    this.#isNodeSent = true;
    this.#call?.write(request);
  }

  #receive(response: Response): void {
    this.#failureCount = 0;
    const type = this.#types.get(response.typeUrl);
    if (type === undefined) return;
    type.nonce = response.nonce;
    const errorMessage = this.#apply(type, response);
    this.#send(this.#protocol.answer(type, errorMessage));
    const deferred = [...this.#deferred];
    this.#deferred.clear();
    for (const changed of deferred) this.#sendSubscription(changed);
  }

  /** Hands a response to the receiver; returns why it was refused. */
  #apply(type: SubscribedType, response: Response): string | undefined {
    let update: XdsUpdate;
    let rejections: readonly XdsRejection[];
    this.#isApplying = true;
    try {
      update = this.#protocol.read(type, response);
      rejections = this.#config.onUpdate(update);
    } catch (thrown) {
      return toError(thrown).message;
    } finally {
      this.#isApplying = false;
    }
    const rejected = new Set(rejections.map(({ name }) => name));
    for (const { name, version } of update.changed) {
      if (!rejected.has(name) && type.wants(name)) type.accepted.set(name, version);
    }
    for (const name of update.removed) type.accepted.delete(name);
    if (rejections.length > 0) return formatRejections(rejections);
    type.acceptedVersion = update.version;
    return undefined;
  }

  #setState(state: XdsClientState, reason: string): void {
    if (this.#state === "closed") return;
    // Each failed attempt is told, since its reason may be a new one.
    if (this.#state === state && state !== "connecting") return;
    this.#state = state;
    this.#config.onStateChange?.(state, reason);
  }
}

function formatRejections(rejections: readonly XdsRejection[]): string {
  const told = rejections.slice(0, MAX_REJECTIONS_TOLD);
  const lines = told.map(({ name, message }) => `${name}: ${message}`);
  const untoldCount = rejections.length - told.length;
  if (untoldCount > 0) lines.push(`and ${untoldCount} more`);
  return lines.join("\n");
}
