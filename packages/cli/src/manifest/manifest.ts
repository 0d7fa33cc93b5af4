/**
 * What the launcher needs to know of the resources: which workloads to run, which ports lead to them,
 * and which doors the ingress gateway has. Everything else in the same files is the control plane's
 * business, and so is telling what is wrong with them.
 */

/** Label name → value. */
export type Labels = Readonly<Record<string, string>>;

/** A container of a Deployment's template. */
export interface ContainerManifest {
  readonly name: string;
  readonly image: string;
  readonly ports: readonly number[];
  /** Plain values only: what refers to Secrets and fields has no meaning on one machine. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A Kubernetes Deployment, as far as one machine runs it. */
export interface DeploymentManifest {
  readonly kind: "Deployment";
  readonly namespace: string;
  readonly name: string;
  readonly replicaCount: number;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly containers: readonly ContainerManifest[];
  /** False when the template says `sidecar.istio.io/inject: "false"`. */
  readonly hasSidecar: boolean;
  /** `services.yaml:12:1`. */
  readonly place: string;
}

/** A Kubernetes Service: whom it selects, and the ports it leads to. */
export interface ServiceManifest {
  readonly kind: "Service";
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels;
  readonly ports: readonly { readonly port: number; readonly targetPort: number }[];
}

/** An Istio Gateway: which proxies serve it, and on which ports. */
export interface GatewayManifest {
  readonly kind: "Gateway";
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels;
  readonly servers: readonly { readonly port: number; readonly protocol: string }[];
  /** `gateway.yaml:2:1`. */
  readonly place: string;
}

/** An Istio VirtualService: which page of a gateway a person may open. */
export interface VirtualServiceManifest {
  readonly kind: "VirtualService";
  readonly namespace: string;
  readonly name: string;
  /** As written: `bookinfo`, `shop/bookinfo`. */
  readonly gateways: readonly string[];
  /** The paths that it matches exactly, in order. */
  readonly exactPaths: readonly string[];
}

/** One of the kinds that the launcher reads. */
export type Manifest =
  | DeploymentManifest
  | ServiceManifest
  | GatewayManifest
  | VirtualServiceManifest;
