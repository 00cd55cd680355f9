// The API server: objects with resource versions, answers that come late or never, and patches whose answer is lost.

import {
    ApiError,
    type Objects,
    type Resource,
} from "../../../canary/driver/kubernetes/kubernetes";
import { ANNOTATIONS, ROUTES, workloadName } from "../../../rollout/config/names";
import { SLOTS } from "../../../rollout/config/slots";
import type { Luck } from "./luck";
import type { Life, Scheduler } from "./scheduler";

export interface ApiFaults {
    /** Probability that a request fails before, or after, it took effect. */
    readonly failing: number;
    /** Probability that another writer is faster: 409. */
    readonly conflicts: number;
    /** Probability that a request takes seconds. */
    readonly slow: number;
}

type Plain = Record<string, unknown>;

/** As in the driver's client. */
export const TIMEOUT_MS = 10_000;
/** The driver tries a failed rollback again after at most this pause. */
export const RETRY_MS = 30_000;
export const APP = "web";
export const NAMESPACE = "shop";
const ROUTE = `virtualservices/${APP}`;

export class ApiServer {
    /** Unreachable for everybody. */
    isDown = false;
    /** Never changed in place, so that readers may keep them. */
    private readonly objects = new Map<string, Plain>();
    private version = 1;

    constructor(
        private readonly scheduler: Scheduler,
        private readonly luck: Luck,
        private readonly faults: ApiFaults,
        private readonly onFault: (name: string, cost: number) => void,
        /** Called after each change of the route's weight. */
        private readonly onWeight: (before: number, after: number, by: string) => void,
    ) {
        this.objects.set(ROUTE, this.stamped(routeWith(0)));
        for (const slot of SLOTS) {
            const deployment = { spec: { replicas: 2 }, status: { readyReplicas: 2 } };
            this.objects.set(`deployments/${workloadName(APP, slot)}`, this.stamped(deployment));
        }
    }

    /** The canary's weight in the VirtualService. */
    get weight(): number {
        return weightIn(this.objects.get(ROUTE));
    }

    /** Writes the route, as the engine's provider or a hand does; reaches the server or throws. */
    writeWeight(weight: number, by: string): void {
        if (this.isDown) throw new Error("connection refused");
        this.change(ROUTE, by, routeWith(weight));
    }

    /** The server as one process reaches it. */
    clientOf(life: Life): Objects {
        const request = <T>(name: string, work: () => T): Promise<T> =>
            life.call(name, () => this.answer(life, work));
        const nameOf = (resource: Resource, name: string) => `${resource.plural}/${name}`;
        return {
            read: (resource, _, name) =>
                request(`api.read ${resource.plural}`, () =>
                    this.objects.get(nameOf(resource, name)),
                ),
            create: (resource, _, body) =>
                request(`api.create ${resource.plural}`, () => {
                    const { name } = (body as { metadata: { name: string } }).metadata;
                    const key = nameOf(resource, name);
                    if (this.objects.has(key)) throw new ApiError(409, "already exists");
                    this.objects.set(key, this.stamped(body as Plain));
                }),
            patch: (resource, _, name, { body }) =>
                request(`api.patch ${resource.plural}`, () => {
                    const key = nameOf(resource, name);
                    const found = this.objects.get(key);
                    if (found === undefined) throw new ApiError(404, "not found");
                    const { resourceVersion } = (body as { metadata: Plain }).metadata;
                    const isStale = resourceVersion !== (found.metadata as Plain).resourceVersion;
                    if (isStale || this.luck.chance(this.faults.conflicts)) {
                        throw new ApiError(409, "the object has been modified");
                    }
                    this.change(key, life.holder, body as Plain);
                }),
        };
    }

    private async answer<T>(life: Life, work: () => T): Promise<T> {
        const { luck, scheduler, faults } = this;
        const isSlow = luck.chance(faults.slow);
        const wait = isSlow ? luck.between(500, 8_000) : luck.between(2, 20);
        if (isSlow) this.onFault("the API server is slow", wait);
        await scheduler.wait(wait);
        const fails = () => {
            if (this.isDown || life.isCutOff) return true;
            if (!luck.chance(faults.failing)) return false;
            this.onFault("a request to the API server fails", TIMEOUT_MS + RETRY_MS);
            return true;
        };
        if (fails()) {
            // A refused connection is seen at once; a dropped packet only by the timeout.
            await scheduler.wait(luck.chance(0.5) ? 5 : TIMEOUT_MS);
            throw new Error("connect ECONNREFUSED 10.96.0.1:443");
        }
        const result = work();
        await scheduler.wait(luck.between(2, 20));
        if (fails()) {
            await scheduler.wait(TIMEOUT_MS);
            throw new Error("The API server did not answer within 10 s.");
        }
        return result;
    }

    private change(key: string, by: string, patch: Plain): void {
        const before = this.weight;
        const found = this.objects.get(key) ?? {};
        this.objects.set(key, this.stamped(merge(found, patch) as Plain));
        if (this.weight !== before) this.onWeight(before, this.weight, by);
    }

    private stamped(object: Plain): Plain {
        const metadata = { ...(object.metadata as Plain), resourceVersion: `${this.version++}` };
        return { ...object, metadata };
    }
}

function routeWith(weight: number): Plain {
    const to = (subset: string, share: number) => ({
        destination: { host: APP, subset },
        weight: share,
    });
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: {
            name: APP,
            namespace: NAMESPACE,
            annotations: { [ANNOTATIONS.stable]: "v1" },
        },
        spec: {
            hosts: [APP],
            http: [{ name: ROUTES.weighted, route: [to("v1", 100 - weight), to("v2", weight)] }],
        },
    };
}

function weightIn(route: unknown): number {
    const { spec } = route as { spec: { http: { route: Plain[] }[] } };
    const destinations = spec.http[0]?.route ?? [];
    const own = destinations.find(({ destination }) => (destination as Plain).subset === "v2");
    return Number(own?.weight ?? 0);
}

/** JSON merge patch (RFC 7386). */
function merge(target: unknown, patch: unknown): unknown {
    if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
    const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
    const merged: Plain = { ...(isObject ? (target as Plain) : {}) };
    for (const [key, value] of Object.entries(patch)) {
        // As in JSON, which has no such value.
        if (value === undefined) continue;
        if (value === null) delete merged[key];
        else merged[key] = merge(merged[key], value);
    }
    return merged;
}
