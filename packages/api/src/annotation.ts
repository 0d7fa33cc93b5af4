/** Keys of the annotations that Weft puts on a Pod which stands for a process on this machine. */
export const ANNOTATION = {
  /** Container port → port of 127.0.0.1 that the application really listens on, as JSON: {"9080":41234}. */
  appPorts: "weft.dev/app-ports",
  /** Container port → port that the sidecar binds for it at the pod's address, as JSON: {"80":8080}. */
  bindPorts: "weft.dev/bind-ports",
} as const;
