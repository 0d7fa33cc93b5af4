import type { RecordedCase } from "./recorded-input.ts";

/** The folders of recordings, and what was applied in each. */
export const RECORDED_CASES: readonly RecordedCase[] = [
  { name: "base", samples: [], hasInput: false },
  {
    name: "routing",
    samples: [
      "bookinfo-gateway.yaml",
      "destination-rule-all.yaml",
      "virtual-service-all-v1.yaml",
      "virtual-service-reviews-90-10.yaml",
      "virtual-service-ratings-test-delay.yaml",
    ],
    hasInput: false,
  },
  { name: "traffic", samples: ["bookinfo-gateway.yaml"], hasInput: true },
  { name: "policies", samples: ["bookinfo-gateway.yaml"], hasInput: true },
];

/** The nodes that the recordings were made for. */
export const RECORDED_PROXIES = {
  "sidecar-productpage": {
    id: "sidecar~127.1.0.2~productpage-v1-0.bookinfo~bookinfo.svc.cluster.local",
    metadata: { NAMESPACE: "bookinfo", LABELS: { app: "productpage", version: "v1" } },
  },
  ingressgateway: {
    id: "router~127.1.0.100~istio-ingressgateway-0.istio-system~istio-system.svc.cluster.local",
    metadata: {
      NAMESPACE: "istio-system",
      LABELS: { app: "istio-ingressgateway", istio: "ingressgateway" },
    },
  },
} as const;
