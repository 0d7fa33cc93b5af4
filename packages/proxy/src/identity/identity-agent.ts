/**
 * Holds the workload's identity: asks the CA for a certificate, renews it at half its life, and
 * gives it out as the secrets `default` and `ROOTCA`. Nothing is ever written to disk.
 *
 *   start ─► requesting ──signed──► waiting for half life ─► requesting …
 *                └──failed──► back-off ─► requesting            (for ever; the old one serves on)
 */
import { X509Certificate } from "node:crypto";
import {
  backoffMs,
  type Clock,
  type Log,
  MeshError,
  type Random,
  type Timer,
  toError,
} from "@weft/core";
import type { Secret, SecretSource } from "../transport/secret-source.ts";
import type { RequestCertificate } from "./certificate-client.ts";
import { createWorkloadKey } from "./workload-key.ts";

/** Istio's names of the workload's certificate and of what it trusts. */
export const CERTIFICATE_NAME = "default";
export const ROOT_NAME = "ROOTCA";

/** What an agent needs. */
export interface IdentityAgentConfig {
  readonly requestCertificate: RequestCertificate;
  /** PEM of the mesh's roots. */
  readonly readRoots: () => Buffer;
  /** Used for the first certificate only, then forgotten. */
  readonly joinToken: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const BACKOFF = { baseMs: 250, maxMs: 10_000 };

/** Share of the life by which renewals of a fleet are spread. */
const JITTER = 0.05;

/** A CA that signs for no time at all must not be asked in a loop. */
const MIN_RENEWAL_MS = 500;

/** The agent; a {@link SecretSource} of the two secrets. */
export class IdentityAgent implements SecretSource {
  readonly #config: IdentityAgentConfig;
  readonly #secrets = new Map<string, Secret>();
  readonly #listeners = new Set<(name: string) => void>();
  #joinToken: string | undefined;
  #timer: Timer | undefined;
  #failureCount = 0;
  #isClosed = false;
  #expiresAtMs: number | undefined;

  constructor(config: IdentityAgentConfig) {
    this.#config = config;
    this.#joinToken = config.joinToken;
    this.#applyRoots();
  }

  /** Asks for the first certificate, and goes on for ever. Never rejects. */
  start(): void {
    void this.#renew();
  }

  get(name: string): Secret | undefined {
    return this.#secrets.get(name);
  }

  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** On the wall clock; `undefined` without a certificate. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #renew(): Promise<void> {
    const { log, random } = this.#config;
    try {
      await this.#request();
      this.#failureCount = 0;
    } catch (error) {
      if (this.#isClosed) return;
      this.#failureCount += 1;
      // One line for the first failure of a row: the control plane may be away for long.
      if (this.#failureCount === 1)
        log.warn("no certificate from the control plane yet; trying on", {
          reason: toError(error).message,
        });
      this.#schedule(backoffMs(BACKOFF, this.#failureCount, random) + BACKOFF.baseMs);
    }
  }

  async #request(): Promise<void> {
    const { requestCertificate, clock, log, random } = this.#config;
    const { privateKeyPem, csrPem } = await createWorkloadKey();
    const chain = await requestCertificate({ csrPem, joinToken: this.#joinToken });
    if (this.#isClosed) return;
    const certificates = chain.flatMap(splitPem);
    const [leafPem] = certificates;
    if (leafPem === undefined) throw new MeshError("ca-empty", "the CA answered no certificate");
    const leaf = new X509Certificate(leafPem);
    this.#expiresAtMs = Date.parse(leaf.validTo);
    // Once it worked the token is used up; from here the certificate itself proves who we are.
    this.#joinToken = undefined;
    this.#applyRoots();
    this.#set(CERTIFICATE_NAME, {
      kind: "certificate",
      certificateChainPem: certificates.filter((pem) => !isRoot(pem)).join(""),
      privateKeyPem,
    });
    // From now, not from notBefore: CAs set that back to allow for clocks that differ.
    const lifeMs = this.#expiresAtMs - clock.wallMs();
    this.#schedule(Math.max(lifeMs * (0.5 + JITTER * (random() - 0.5)), MIN_RENEWAL_MS));
    log.info("certificate received", {
      identity: leaf.subjectAltName ?? "",
      expires: new Date(this.#expiresAtMs).toISOString(),
    });
  }

  #applyRoots(): void {
    const trustedCaPem = this.#config.readRoots().toString("utf8");
    const known = this.#secrets.get(ROOT_NAME);
    if (known?.kind === "validation" && known.trustedCaPem === trustedCaPem) return;
    this.#set(ROOT_NAME, { kind: "validation", trustedCaPem });
  }

  #set(name: string, secret: Secret): void {
    this.#secrets.set(name, secret);
    for (const listener of [...this.#listeners]) listener(name);
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#config.clock.schedule(delayMs, () => void this.#renew(), { unref: true });
  }
}

function splitPem(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`);
}

/** Peers have the root already; sending it along would only cost bytes. */
function isRoot(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate);
}
