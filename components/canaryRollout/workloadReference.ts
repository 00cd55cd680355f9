/** Reads workloads that somebody else manages, and refuses to route requests to them before their pods are ready. */
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../../rollout/config/slots";
import type { Plan, Reference } from "../../rollout/plan/plan";
import { workloadProblems } from "../../rollout/plan/referencedWorkload";
import { ArgumentsError } from "./checks";
import { finished } from "./dependencies";

const TYPES = { Deployment: apps.Deployment, StatefulSet: apps.StatefulSet } as const;

/** How much longer than the URN the other outputs may take. */
const UNKNOWN_MS = 1_000;

/** Reads each workload at most once in an update, and only if the route waits for it. Writes none. */
export class ReferencedWorkloads {
    constructor(
        private readonly name: string,
        private readonly plan: Plan,
        private readonly service: unknown,
        private readonly parent: pulumi.Resource,
    ) {}

    /**
     * The workload of a slot whose pods somebody else manages; none for other slots.
     * @throws ArgumentsError if their pods cannot take requests. The engine fails if there is no such workload.
     */
    async ready(wanted: Slot | false): Promise<pulumi.Resource[]> {
        const found = this.plan.references.filter(({ slot }) => slot === wanted);
        return Promise.all(found.map((one) => this.checked(one)));
    }

    private async checked(reference: Reference): Promise<pulumi.Resource> {
        const { slot, kind, name } = reference;
        const { namespace } = this.plan;
        const id = `${namespace}/${name}`;
        const parent = { parent: this.parent };
        const found = TYPES[kind].get(`${this.name}-${slot}-workload`, id, parent);
        const { metadata, spec, status } = found;
        const live = await readOf(pulumi.output({ kind, metadata, spec, status }), found);
        if (live === undefined) return found;
        const problems = workloadProblems(reference, live, this.service, namespace);
        if (problems.length === 0) return found;
        const error = new ArgumentsError(
            `CanaryRollout ${this.name} cannot send requests to ${kind} ${id}. The route was not changed.`,
            problems.map(({ path, reason }) => ({ propertyPath: path, reason })),
        );
        // Pulumi prints the stack of an error after the constructor.
        error.stack = error.message;
        throw error;
    }
}

/** In a preview, undefined if the provider cannot read yet: the cluster may be one that the program creates. */
function readOf<T>(output: pulumi.Output<T>, resource: pulumi.Resource): Promise<T | undefined> {
    return new Promise((resolve) => {
        output.apply((value) => resolve(value as T));
        if (!pulumi.runtime.isDryRun()) return;
        // An unknown output calls no function, but the URN is known with it.
        void finished(resource).then(() => setTimeout(() => resolve(undefined), UNKNOWN_MS));
    });
}
