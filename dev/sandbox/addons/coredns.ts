// CoreDNS: the cluster's DNS. Forwards nothing, because the sandbox has no outside network.
import { corednsImage } from "../images/recipes";
import { network } from "../layout";

const name = "coredns";
const namespace = "kube-system";
const labels = { "k8s-app": "kube-dns" };

const corefile = `.:53 {
    errors
    health
    ready
    kubernetes ${network.domain} in-addr.arpa ip6.arpa {
        pods insecure
    }
    cache 10
}
`;

export function coredns(): object[] {
    const metadata = { name, namespace, labels };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: "system:coredns" },
            rules: [
                {
                    apiGroups: [""],
                    resources: ["endpoints", "services", "pods", "namespaces"],
                    verbs: ["list", "watch"],
                },
                {
                    apiGroups: ["discovery.k8s.io"],
                    resources: ["endpointslices"],
                    verbs: ["list", "watch"],
                },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "system:coredns" },
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "ClusterRole",
                name: "system:coredns",
            },
            subjects: [{ kind: "ServiceAccount", name, namespace }],
        },
        { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile } },
        { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deploymentSpec() },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { ...metadata, name: "kube-dns" },
            spec: {
                clusterIP: network.dns,
                selector: labels,
                ports: [
                    { name: "dns", port: 53, protocol: "UDP" },
                    { name: "dns-tcp", port: 53, protocol: "TCP" },
                ],
            },
        },
    ];
}

function deploymentSpec() {
    return {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
            metadata: { labels },
            spec: {
                serviceAccountName: name,
                dnsPolicy: "Default",
                containers: [
                    {
                        name,
                        image: corednsImage,
                        imagePullPolicy: "IfNotPresent",
                        args: ["-conf", "/etc/coredns/Corefile"],
                        volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
                        resources: { requests: { cpu: "10m", memory: "32Mi" } },
                        readinessProbe: {
                            httpGet: { path: "/ready", port: 8181 },
                            periodSeconds: 1,
                        },
                        livenessProbe: { httpGet: { path: "/health", port: 8080 } },
                    },
                ],
                volumes: [{ name: "config", configMap: { name } }],
            },
        },
    };
}
