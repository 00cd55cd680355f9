// The node's parts.
export { apiServer } from "./apiServer";
export { cniConfig } from "./cni";
export { containerd } from "./containerd";
export { controllerManager } from "./controllerManager";
export { etcd } from "./etcd";
export { kubelet } from "./kubelet";
export { kubeProxy } from "./kubeProxy";
export type { PartContext } from "./partContext";
export { prometheus } from "./prometheusServer";
export { apiRelay, ingressRelays, prometheusRelay } from "./relay";
export { scheduler } from "./scheduler";
