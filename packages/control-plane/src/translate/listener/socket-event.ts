/** Istio's choice: one connection at a time, so that Envoy's workers share them evenly. */
export const CONNECTIONS_PER_SOCKET_EVENT = 1;
