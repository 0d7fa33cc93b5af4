import type { TypeUrl } from "@weft/api";
import { type ResourceType, resourceTypeOf } from "@weft/xds";
import type { Mesh } from "../model/mesh.ts";
import type { Metrics } from "./metrics.ts";

/** What istiod counts about pushes and certificates, under its names. */
export class ControlPlaneMetrics {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.setConnected(0);
  }

  setConnected(count: number): void {
    this.#metrics.set("pilot_xds", "Proxies connected over xDS.", count);
  }

  countPush(typeUrl: TypeUrl): void {
    const type = resourceTypeOf(typeUrl);
    if (type === undefined) return;
    this.#metrics.count("pilot_xds_pushes", "Responses sent, by type.", {
      type: type.shortName.toLowerCase(),
    });
  }

  countNack(type: ResourceType): void {
    this.#metrics.count("pilot_total_xds_rejects", "Responses that proxies refused, by type.", {
      type: type.shortName.toLowerCase(),
    });
  }

  /** From a change that was seen to the last acknowledgement by one proxy. */
  observeConvergence(durationMs: number): void {
    this.#metrics.observe(
      "pilot_proxy_convergence_time",
      "Seconds from a change to its acknowledgement by a proxy.",
      durationMs / 1000,
      CONVERGENCE_BOUNDS_S,
    );
  }

  setMesh(mesh: Mesh): void {
    this.#metrics.set("pilot_services", "Services known.", mesh.services.length);
    this.#metrics.set(
      "pilot_virt_services",
      "Virtual services known.",
      mesh.virtualServices.length,
    );
  }

  setProblems(count: number): void {
    this.#metrics.set("weft_config_problems", "Problems of the present configuration.", count);
  }

  countCertificate(outcome: CertificateOutcome): void {
    this.#metrics.count("citadel_server_csr_count", "Signing requests received.");
    const [name, help] = CERTIFICATE_METRICS[outcome];
    this.#metrics.count(name, help);
  }
}

/** Istio's own, and finer ones below: on one machine a change is live in a fraction of a second. */
const CONVERGENCE_BOUNDS_S = [0.05, 0.1, 0.2, 0.5, 1, 3, 5, 10, 20, 30];

/** How a signing request ended. */
type CertificateOutcome = "signed" | "refused" | "failed";

const CERTIFICATE_METRICS: Readonly<Record<CertificateOutcome, readonly [string, string]>> = {
  signed: ["citadel_server_success_cert_issuance_count", "Certificates issued."],
  refused: [
    "citadel_server_authentication_failure_count",
    "Signing requests refused: the caller or its request was not acceptable.",
  ],
  failed: ["citadel_server_csr_sign_err_count", "Signing requests that failed here."],
};
