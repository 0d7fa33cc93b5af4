import type { Random } from "@weft/core";
import type { RequestHead } from "../../codec/codec.ts";
import type { DownstreamConnection } from "../../listener/downstream-connection.ts";
import type { LocalReply } from "../local-reply.ts";
import type { StreamInfo } from "../stream-info.ts";
import { checkTarget } from "./check-target.ts";
import { applyClientCertificate, type ClientCertificateRules } from "./client-certificate.ts";
import { applyForwarded, type ForwardedRules } from "./forwarded.ts";
import { normalizePath, type PathRules } from "./normalize-path.ts";
import { applyRequestId } from "./request-id.ts";

/** Everything a connection manager does to a request before routes and filters see it. */
export interface RequestRules {
  readonly path: PathRules;
  readonly forwarded: ForwardedRules;
  readonly clientCertificate: ClientCertificateRules;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly hostPort: "keep" | "strip-matching" | "strip-any";
  readonly stripTrailingHostDot: boolean;
  /** What `via` gets appended; empty: nothing. */
  readonly via: string;
}

/** Changes the head in place; the answer, if any, is why the request goes no further. */
export function prepareRequest(
  request: RequestHead,
  connection: DownstreamConnection,
  info: StreamInfo,
  rules: RequestRules,
  random: Random,
): LocalReply | undefined {
  const refusal = checkTarget(request);
  if (refusal !== undefined) return badRequest(refusal);
  const { headers } = request;
  info.remoteAddress = applyForwarded(request, connection, rules.forwarded);
  applyClientCertificate(headers, connection.tls, rules.clientCertificate);
  applyRequestId(
    headers,
    {
      generate: rules.generateRequestId,
      preserveExternal: rules.preserveExternalRequestId,
      isEdge: rules.forwarded.useRemoteAddress,
    },
    random,
  );
  if (rules.via !== "") {
    const via = headers.joined("via");
    headers.set("via", via === undefined ? rules.via : `${via}, ${rules.via}`);
  }
  stripHost(request, connection, rules);
  return preparePath(request, rules.path);
}

/** A CONNECT's port is where it wants to go, so it stays. */
function stripHost(
  request: RequestHead,
  connection: DownstreamConnection,
  rules: RequestRules,
): void {
  if (rules.hostPort !== "keep" && request.method !== "CONNECT") {
    const port = /:(\d+)$/.exec(request.authority)?.[1];
    const isMatching = Number(port) === connection.local.port;
    if (port !== undefined && (isMatching || rules.hostPort === "strip-any")) {
      request.authority = request.authority.slice(0, -1 - port.length);
    }
  }
  if (rules.stripTrailingHostDot) {
    request.authority = request.authority.replace(/\.(?=:\d+$|$)/, "");
  }
}

function preparePath(request: RequestHead, rules: PathRules): LocalReply | undefined {
  if (request.path === "" || request.path === "*") return undefined;
  const normalized = normalizePath(request.path, rules);
  switch (normalized.kind) {
    case "ok":
      request.path = normalized.path;
      return undefined;
    case "redirect":
      return {
        status: 307,
        headers: ["location", redirectTarget(request, normalized.path)],
        detail: "path_normalization_redirect",
        grpcStatus: 13,
      };
    case "reject":
      return badRequest(normalized.detail);
  }
}

/** A Location that begins with two slashes would name another host, of the client's choice. */
function redirectTarget({ scheme, authority }: RequestHead, path: string): string {
  return /^\/[/\\]/.test(path) ? `${scheme}://${authority}${path}` : path;
}

function badRequest(detail: string): LocalReply {
  return { status: 400, body: "Bad Request", detail, flag: "DPE" };
}
