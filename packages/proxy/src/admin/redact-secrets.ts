import type { JsonValue } from "@bufbuild/protobuf";

/** Fields of Envoy's messages that hold secrets, in both spellings. */
const SECRET_FIELDS = new Set([
  "private_key",
  "privateKey",
  "password",
  "generic_secret",
  "genericSecret",
  "session_ticket_keys",
  "sessionTicketKeys",
  "access_token",
  "accessToken",
  "google_refresh_token",
  "googleRefreshToken",
]);

/** A copy without secrets: what stands in their place says so. File names stay, they are no secret. */
export function redactSecrets(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(redactSecrets);
  if (json === null || typeof json !== "object") return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      SECRET_FIELDS.has(key) ? redactSource(value) : redactSecrets(value),
    ]),
  );
}

function redactSource(value: JsonValue): JsonValue {
  if (value !== null && typeof value === "object" && !Array.isArray(value) && "filename" in value)
    return value;
  return "[redacted]";
}
