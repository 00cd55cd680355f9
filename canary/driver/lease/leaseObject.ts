/** The Lease `<app>-canary` in the cluster. A write fails if the object has changed since it was read. */
import { annotationOf, leaseName, PROJECT } from "../../../rollout/config/names";
import { isApiError, type Objects } from "../kubernetes/kubernetes";
import type { MeshPlace } from "../kubernetes/mesh";
import type { LeaseState } from "./leaseRules";

export const LEASES = { group: "coordination.k8s.io", version: "v1", plural: "leases" };

const ATTEMPTS = 10;

/** A Lease as the API server returns it. */
export interface FoundLease {
    readonly metadata: {
        readonly resourceVersion: string;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: {
        readonly holderIdentity?: string;
        readonly acquireTime?: string;
        readonly renewTime?: string;
        readonly leaseTransitions?: number;
    };
}

export interface LeaseChange {
    readonly metadata?: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec?: object;
}

export class LeaseObject {
    constructor(
        private readonly cluster: Objects,
        private readonly place: MeshPlace,
    ) {}

    async read(): Promise<FoundLease | undefined> {
        const { namespace, app } = this.place;
        const found = await this.cluster.read(LEASES, namespace, leaseName(app));
        return found as FoundLease | undefined;
    }

    /** @returns false if the Lease already exists. */
    async create(spec: object): Promise<boolean> {
        const { namespace, app } = this.place;
        const metadata = { name: leaseName(app), namespace, labels: { app } };
        const body = {
            apiVersion: `${LEASES.group}/${LEASES.version}`,
            kind: "Lease",
            metadata,
            spec,
        };
        return unlessConflict(this.cluster.create(LEASES, namespace, body));
    }

    /** @returns false if somebody else has changed the Lease since it was read. */
    async patch(found: FoundLease, { metadata, spec }: LeaseChange): Promise<boolean> {
        const { namespace, app } = this.place;
        const { resourceVersion } = found.metadata;
        const body = { metadata: { ...metadata, resourceVersion }, spec };
        const patch = { by: "merge", fieldManager: PROJECT, body } as const;
        return unlessConflict(this.cluster.patch(LEASES, namespace, leaseName(app), patch));
    }

    /**
     * Changes the Lease; tries again if somebody else was faster.
     * @param change what to change; undefined to change nothing.
     * @returns whether the Lease was changed.
     */
    async change(change: (found: FoundLease) => LeaseChange | undefined): Promise<boolean> {
        for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
            const found = await this.read();
            const wanted = found && change(found);
            if (found === undefined || wanted === undefined) return false;
            if (await this.patch(found, wanted)) return true;
        }
        const { namespace, app } = this.place;
        throw new Error(
            `Lease ${namespace}/${leaseName(app)}: somebody else changed it during each of ${ATTEMPTS} attempts. Try again.`,
        );
    }
}

async function unlessConflict(call: Promise<unknown>): Promise<boolean> {
    try {
        await call;
        return true;
    } catch (error) {
        if (isApiError(error, 409)) return false;
        throw error;
    }
}

/** One of this tool's annotations, if it is a string. */
export function annotationText(
    found: FoundLease | undefined,
    name: "controls" | "status",
): string | undefined {
    const text = annotationOf(found, name);
    return typeof text === "string" ? text : undefined;
}

export function leaseStateOf({ spec }: FoundLease): LeaseState {
    return {
        holder: spec.holderIdentity ?? "",
        renewedAt: Date.parse(spec.renewTime ?? "") || 0,
    };
}

/** Kubernetes' MicroTime. */
export function microTime(milliseconds: number): string {
    return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
