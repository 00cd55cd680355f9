/** What Kubernetes checks but does not publish in its OpenAPI: k8s.io/kubernetes/pkg/apis/*\/validation. */

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const SELECTOR_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Allowed values, by the last part of the definition's name and the property. */
export const ENUMS: Readonly<Record<string, readonly string[]>> = {
    "ServicePort.protocol": PROTOCOLS,
    "ContainerPort.protocol": PROTOCOLS,
    "NetworkPolicyPort.protocol": PROTOCOLS,
    "ServiceSpec.type": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
    "ServiceSpec.sessionAffinity": ["ClientIP", "None"],
    "ServiceSpec.externalTrafficPolicy": ["Cluster", "Local"],
    "ServiceSpec.internalTrafficPolicy": ["Cluster", "Local"],
    "ServiceSpec.ipFamilyPolicy": ["SingleStack", "PreferDualStack", "RequireDualStack"],
    "Container.imagePullPolicy": ["Always", "IfNotPresent", "Never"],
    "Container.terminationMessagePolicy": ["File", "FallbackToLogsOnError"],
    "PodSpec.restartPolicy": ["Always", "OnFailure", "Never"],
    "PodSpec.dnsPolicy": ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    "DeploymentStrategy.type": ["Recreate", "RollingUpdate"],
    "DaemonSetUpdateStrategy.type": ["OnDelete", "RollingUpdate"],
    "StatefulSetUpdateStrategy.type": ["OnDelete", "RollingUpdate"],
    "StatefulSetSpec.podManagementPolicy": ["OrderedReady", "Parallel"],
    "CronJobSpec.concurrencyPolicy": ["Allow", "Forbid", "Replace"],
    "HTTPIngressPath.pathType": ["Exact", "Prefix", "ImplementationSpecific"],
    "HTTPGetAction.scheme": ["HTTP", "HTTPS"],
    "TopologySpreadConstraint.whenUnsatisfiable": ["DoNotSchedule", "ScheduleAnyway"],
    "LabelSelectorRequirement.operator": SELECTOR_OPERATORS,
    "NodeSelectorRequirement.operator": [...SELECTOR_OPERATORS, "Gt", "Lt"],
    "MetricTarget.type": ["Utilization", "Value", "AverageValue"],
};

/** Properties that the OpenAPI requires and that the API server does without. */
export const DEFAULTED = [
    "RoleRef.apiGroup",
    "HTTPHeader.value",
    "Sysctl.value",
    "PodFailurePolicy.rules",
    "ISCSIVolumeSource.lun",
    "ISCSIPersistentVolumeSource.lun",
];

/** validation.LabelValue of k8s.io/apimachinery. */
export const LABEL_VALUE = {
    type: "string",
    maxLength: 63,
    pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
};

/** NameIsDNSSubdomain of k8s.io/apimachinery, which most kinds use. */
export const NAME = {
    type: "string",
    minLength: 1,
    maxLength: 253,
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
};

/** IsValidPathSegmentName of k8s.io/apimachinery, which every name must pass. */
export const PATH_SEGMENT = { type: "string", minLength: 1, pattern: "^(?!\\.{1,2}$)[^/%]+$" };

/** Kinds whose validation does not read the name: ValidatePodDisruptionBudget, and those of RBAC. */
export const FREE_NAMES = [
    "policy/PodDisruptionBudget",
    "rbac.authorization.k8s.io/ClusterRole",
    "rbac.authorization.k8s.io/ClusterRoleBinding",
    "rbac.authorization.k8s.io/Role",
    "rbac.authorization.k8s.io/RoleBinding",
];
