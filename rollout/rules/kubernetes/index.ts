/** What the API server checks of Kubernetes' own kinds beyond their OpenAPI, by kind: pkg/apis/<group>/validation. */
import { Field } from "../field";
import { isPatch } from "../lookup/kustomizePatch";
import type { Finding, Manifest } from "../rule";
import { groupAndVersion } from "../schema/catalogue";
import { checkBinding, checkRole } from "./accessRoles";
import { checkCronJob, checkJob } from "./batchJobs";
import {
    checkDaemonSet,
    checkDeployment,
    checkReplicaSet,
    checkReplicationController,
    checkStatefulSet,
} from "./controllers";
import { checkIngress, checkNetworkPolicy } from "./networkObjects";
import { checkMetadata } from "./objectLabels";
import { checkPod } from "./pod/podSpec";
import { checkAutoscaler, checkDisruptionBudget } from "./podAutoscaling";
import { checkConfigMap, checkSecret } from "./secretData";
import { checkService } from "./serviceSpec";
import { checkClaimSpec } from "./volumeClaims";

type Check = (object: Field) => void;

const ofSpec = (check: (spec: Field, metadata: Field) => void) => (object: Field) => {
    if (!object.get("spec").isUnknown) check(object.get("spec"), object.get("metadata"));
};

const CHECKS: Readonly<Record<string, Check>> = {
    "/ConfigMap": checkConfigMap,
    "/PersistentVolumeClaim": ofSpec(checkClaimSpec),
    "/Pod": checkPod,
    "/ReplicationController": ofSpec(checkReplicationController),
    "/Secret": checkSecret,
    "/Service": ofSpec(checkService),
    "apps/DaemonSet": ofSpec(checkDaemonSet),
    "apps/Deployment": ofSpec(checkDeployment),
    "apps/ReplicaSet": ofSpec(checkReplicaSet),
    "apps/StatefulSet": ofSpec(checkStatefulSet),
    "autoscaling/HorizontalPodAutoscaler": ofSpec(checkAutoscaler),
    "batch/CronJob": ofSpec(checkCronJob),
    "batch/Job": ofSpec(checkJob),
    "networking.k8s.io/Ingress": ofSpec(checkIngress),
    "networking.k8s.io/NetworkPolicy": ofSpec(checkNetworkPolicy),
    "policy/PodDisruptionBudget": ofSpec(checkDisruptionBudget),
    "rbac.authorization.k8s.io/ClusterRole": (role) => checkRole(role, false),
    "rbac.authorization.k8s.io/ClusterRoleBinding": (binding) => checkBinding(binding, false),
    "rbac.authorization.k8s.io/Role": (role) => checkRole(role, true),
    "rbac.authorization.k8s.io/RoleBinding": (binding) => checkBinding(binding, true),
};

/** The findings of an object of any kind: the API server checks the metadata of custom resources too. */
export function checkKubernetesObject(manifest: Manifest): Finding[] {
    const { apiVersion, kind } = manifest;
    if (typeof apiVersion !== "string" || typeof kind !== "string") return [];
    const [group] = groupAndVersion(apiVersion);
    const findings: Finding[] = [];
    const object = Field.root(manifest, findings, isPatch(manifest));
    checkMetadata(object.get("metadata"), kind, group);
    CHECKS[`${group}/${kind}`]?.(object);
    return findings;
}
