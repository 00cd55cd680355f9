// The ClusterRoleBinding of the cluster administrators, which `kubeadm init` creates once the API server is up.

export function clusterAdmins(): object[] {
    return [
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "kubeadm:cluster-admins" },
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "ClusterRole",
                name: "cluster-admin",
            },
            subjects: [
                {
                    apiGroup: "rbac.authorization.k8s.io",
                    kind: "Group",
                    name: "kubeadm:cluster-admins",
                },
            ],
        },
    ];
}
