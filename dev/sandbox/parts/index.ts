// The node's parts.
export { apiServer } from "./apiServer";
export { cniConfig } from "./cni";
export { containerd } from "./containerd";
export type { PartContext } from "./context";
export { controllerManager } from "./controllerManager";
export { etcd } from "./etcd";
export { kubelet } from "./kubelet";
export { kubeProxy } from "./kubeProxy";
export { prometheus } from "./prometheus";
export { apiRelay, ingressRelays, prometheusRelay } from "./relay";
export { scheduler } from "./scheduler";
