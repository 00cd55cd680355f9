/** Kubernetes Events on a rollout's objects, for `kubectl get events` and `kubectl describe`. */
import { PROJECT, workloadName } from "../../../rollout/config/names";
import { SLOTS } from "../../../rollout/config/slots";
import { at } from "../../../rollout/config/unknown";
import type { JournalRecord, Outcome } from "../../analysis/record/record";
import { errorMessage, oneLine } from "../../analysis/text";
import { microTime } from "../lease/leaseObject";
import type { Clock, Watcher } from "../ports";
import { thisHost } from "../thisProcess";
import { isApiError, type Objects, type Resource } from "./kubernetes";
import { DEPLOYMENTS, type MeshPlace, routeKind } from "./mesh";

export interface RolloutEvents extends Watcher {
    /** Waits for pending Events, at most `milliseconds` (default 2,000). @returns why some are missing; undefined if none is. */
    flush(milliseconds?: number): Promise<string | undefined>;
}

interface Happened {
    readonly type: "Normal" | "Warning";
    /** UpperCamelCase, as `kubectl get events` shows it. */
    readonly reason: string;
    readonly note: string;
}

const EVENTS: Resource = { group: "events.k8s.io", version: "v1", plural: "events" };
/** Bytes of a note that the API server accepts: 1,024; a character has up to four. */
const LONGEST_NOTE = 250;
/** Events that may wait; beyond this, new ones are dropped. */
const LONGEST_QUEUE = 100;
/** How long a command waits at its end: Events are an extra. */
const FLUSH_MS = 2_000;

const ENDS: Readonly<Record<Outcome, Omit<Happened, "note">>> = {
    promoted: { type: "Normal", reason: "RolloutPromoted" },
    rolledBack: { type: "Warning", reason: "RolloutRolledBack" },
    held: { type: "Warning", reason: "RolloutHeld" },
};

/**
 * Writes Events in the background: nothing waits for them, and a failure changes nothing. After the API server has refused one for
 * lack of rights, no further one is tried.
 */
export function rolloutEvents(cluster: Objects, place: MeshPlace, clock: Clock): RolloutEvents {
    const objects = regarded(place);
    const uids = new Map<string, unknown>();
    let waiting = 0;
    let count = 0;
    let working: Promise<void> = Promise.resolve();
    let problem: string | undefined;
    let isRefused = false;

    async function write(happened: Happened, when: number): Promise<void> {
        for (const { resource, kind, name } of objects) {
            if (isRefused) return;
            try {
                const key = `${kind} ${name}`;
                if (!uids.has(key)) {
                    const found = await cluster.read(resource, place.namespace, name);
                    uids.set(key, at(found, "metadata", "uid"));
                }
                const uid = uids.get(key);
                if (typeof uid !== "string") continue;
                const { group, version } = resource;
                const regarding = { apiVersion: `${group}/${version}`, kind, name, uid };
                const body = eventBody(place, regarding, happened, when, count++);
                await cluster.create(EVENTS, place.namespace, body);
            } catch (error) {
                problem ??= errorMessage(error);
                isRefused = isApiError(error, 403);
            }
        }
    }

    return {
        record(record) {
            const happened = happenedIn(record);
            if (happened === undefined || isRefused || waiting >= LONGEST_QUEUE) return;
            waiting++;
            const { at: when } = record;
            working = working.then(() => write(happened, when)).finally(() => waiting--);
        },
        async flush(milliseconds = FLUSH_MS) {
            const enough = new AbortController();
            await Promise.race([working, clock.sleep(milliseconds, enough.signal)]);
            enough.abort();
            return problem ?? (waiting > 0 ? "the API server has not answered yet" : undefined);
        },
    };
}

/** The start, each weight that callers have, the verdict to roll back, and the end. */
function happenedIn(record: JournalRecord): Happened | undefined {
    switch (record.type) {
        case "started": {
            const { id, stable, canary, ladder } = record;
            const note = `${id}: ${stable} → ${canary}, weights ${ladder.join(", ")}`;
            return { type: "Normal", reason: "RolloutStarted", note };
        }
        case "phase": {
            if (record.step !== "routed") return undefined;
            const note = `Callers have weight ${record.weight}.`;
            return { type: "Normal", reason: "CanaryWeightRouted", note };
        }
        case "rollback": {
            if (record.step !== "verdict") return undefined;
            return { type: "Warning", reason: "RollingBack", note: record.reason };
        }
        case "ended":
            return { ...ENDS[record.outcome], note: record.reason };
        default:
            return undefined;
    }
}

function regarded(place: MeshPlace) {
    const { app } = place;
    return [
        { ...routeKind(place), name: app },
        ...SLOTS.map((slot) => ({
            resource: DEPLOYMENTS,
            kind: "Deployment",
            name: workloadName(app, slot),
        })),
    ];
}

function eventBody(
    { namespace, app }: MeshPlace,
    regarding: { readonly name: string },
    { type, reason, note }: Happened,
    when: number,
    count: number,
) {
    const name = `${app}-canary.${when.toString(16)}.${count}`;
    return {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name, namespace, labels: { app } },
        eventTime: microTime(when),
        reportingController: PROJECT,
        reportingInstance: thisHost().slice(0, 128),
        action: "Rollout",
        reason,
        type,
        note: oneLine(note, LONGEST_NOTE),
        regarding: { ...regarding, namespace },
    };
}
