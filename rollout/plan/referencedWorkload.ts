/** Whether a workload that somebody else manages can take the requests of its slot. */
import { show } from "../config/problems";
import { at, isMapping, items, textAt } from "../config/unknown";

/** What the config says about the workload. */
export interface NamedWorkload {
    readonly slot: string;
    readonly kind: string;
    readonly name: string;
    /** The labels that its slot's subset selects. */
    readonly labels: Readonly<Record<string, string>>;
}

export interface WorkloadProblem {
    /** "versions.v2.workloadRef.name" */
    readonly path: string;
    /** "expected …, got …. …" */
    readonly reason: string;
    /** Whether it may pass by itself: pods that start. */
    readonly passes: boolean;
}

/**
 * Everything that would send requests to no pods, or to the other version's.
 * @param live the workload from the API server; undefined if there is none.
 * @param service the app's Service.
 */
export function workloadProblems(
    workload: NamedWorkload,
    live: unknown,
    service: unknown,
    namespace: string,
): WorkloadProblem[] {
    const { slot, kind, name, labels } = workload;
    const object = `${kind} ${namespace}/${name}`;
    const problem = (key: string, expected: string, found: unknown, fix: string) => ({
        path: `versions.${slot}.workloadRef.${key}`,
        reason: `expected ${expected}, got ${show(found)}. ${fix}`,
        passes: false,
    });
    if (live === undefined) {
        const fix = "Create it, or correct the name: the rollout does not create it.";
        return [problem("name", `a ${kind} in the namespace ${namespace}`, name, fix)];
    }
    const problems: WorkloadProblem[] = [];
    const found = at(live, "spec", "template", "metadata", "labels");
    const lacks = (wanted: unknown) =>
        Object.entries(isMapping(wanted) ? wanted : {}).filter(
            ([key, value]) => at(found, key) !== value,
        );
    if (lacks(labels).length > 0) {
        const fix = `Set them to labels that the pods have, or let the owner of ${object} add these to its pod template.`;
        problems.push(problem("labels", `labels of the pods of ${object}`, labels, fix));
    }
    const selector = lacks(at(service, "spec", "selector"));
    if (selector.length > 0) {
        const wanted = selector.map(([key, value]) => `${key}: ${String(value)}`).join(", ");
        const expected = `a workload whose pods the Service selects (${wanted})`;
        const fix = `Set \`service.selector\` to labels that the pods of both versions have, or let the owner add these to the pod template.`;
        problems.push(problem("name", expected, name, fix));
    }
    for (const port of missingPorts(live, service)) {
        const expected = `a workload with a port named ${port}, the Service's targetPort`;
        const fix = "Set `service.targetPort` to the number or the name of the pods' port.";
        problems.push(problem("name", expected, name, fix));
    }
    const wait = podsShort(live);
    if (wait !== undefined) {
        const expected = `ready pods in ${object} before they get requests`;
        const fix = `Run the update again when they are ready: \`kubectl rollout status ${kind.toLowerCase()}/${name} -n ${namespace}\`.`;
        problems.push({
            path: `versions.${slot}.workloadRef`,
            reason: `expected ${expected}, got ${wait}. ${fix}`,
            passes: true,
        });
    }
    return problems;
}

/** The named target ports that no container declares. A number needs no declaration. */
function missingPorts(live: unknown, service: unknown): string[] {
    const pod = at(live, "spec", "template", "spec");
    const containers = ["containers", "initContainers"].flatMap((list) => items(at(pod, list)));
    const declared = containers
        .flatMap(([, one]) => items(at(one, "ports")))
        .map(([, port]) => at(port, "name"));
    return items(at(service, "spec", "ports"))
        .map(([, port]) => at(port, "targetPort"))
        .filter((port): port is string => typeof port === "string" && !declared.includes(port));
}

/** "1 of 3 ready"; undefined if all pods are ready and of the newest template. */
function podsShort(live: unknown): string | undefined {
    const count = (name: string) => Number(at(live, "status", name) ?? 0);
    const wanted = Number(at(live, "spec", "replicas") ?? 1);
    if (wanted === 0) return "0 replicas";
    if (count("observedGeneration") < Number(at(live, "metadata", "generation") ?? 0)) {
        return "a change that its controller has not seen yet";
    }
    if (count("readyReplicas") < wanted) return `${count("readyReplicas")} of ${wanted} ready`;
    // A StatefulSet may keep pods of its old revision on purpose (`partition`, `OnDelete`).
    const isDeployment = textAt(live, "kind") !== "StatefulSet";
    if (isDeployment && count("updatedReplicas") < wanted) {
        return `${count("updatedReplicas")} of ${wanted} with its newest pod template`;
    }
    return undefined;
}
