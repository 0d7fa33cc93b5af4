import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SpiffeId } from "@weft/core";
import type { StateFolder } from "./state-folder.ts";

/** Long enough for a slow machine to start a sidecar; a stolen one is worth little afterwards. */
const LIFETIME_MS = 120_000;

/** For whom a token speaks. */
export interface JoinTokenSubject {
  readonly identity: SpiffeId;
  /** `namespace/name`. */
  readonly pod: string;
}

/**
 * Makes a one-time token: whoever shows it to the CA gets one certificate for `subject`. Only its
 * hash is stored; the CA consumes the token by unlinking that file.
 */
export function issueJoinToken(
  folder: StateFolder,
  subject: JoinTokenSubject,
  nowMs: number,
): string {
  const token = randomBytes(32).toString("base64url");
  const digest = createHash("sha256").update(token).digest("hex");
  const record = { ...subject, expiresAtMs: Math.round(nowMs) + LIFETIME_MS };
  folder.write(join(folder.tokens, `${digest}.json`), `${JSON.stringify(record)}\n`);
  return token;
}
