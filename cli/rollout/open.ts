// Opens what a rollout's commands work with: the stack, its cluster, its journals.
import path from "node:path";
import { openEngine } from "../../driver/engine";
import {
    type JournalPlace,
    latestJournal,
    listJournals,
    openJournal,
    readJournal,
} from "../../driver/journal";
import { Kubernetes } from "../../driver/kubernetes";
import { kubernetesMesh } from "../../driver/mesh";
import type { Engine, Mesh } from "../../driver/ports";
import { systemClock } from "../../driver/systemClock";
import { thisHost, thisUser } from "../../driver/thisProcess";
import type { ReadConfig } from "../../rollout/wholeConfig";
import { selectedStack } from "../stackConfig";

export const PROJECT = "istio-canary";
export const DIRECTORY = path.join(__dirname, "..", "..");

export interface Opened {
    readonly stack: string;
    readonly engine: Engine;
    readonly config: ReadConfig;
    readonly place: { readonly namespace: string; readonly app: string };
    readonly cluster: Kubernetes;
    readonly mesh: Mesh;
    readonly journals: JournalPlace;
    /** For records of what a person asked: `user@host`. */
    readonly by: string;
}

/** @throws Error when pulumi, the stack or its config is not as it must be. */
export async function openRollout(stackOption: string | undefined): Promise<Opened> {
    const stack = stackOption ?? (await selectedStack());
    const engine = await openEngine({
        directory: DIRECTORY,
        stack,
        project: PROJECT,
        policyPack: path.join(DIRECTORY, "policy"),
    });
    const config = await engine.config();
    const { app, namespace } = config.rollout;
    const place = { namespace, app };
    const cluster = new Kubernetes(config.cluster);
    return {
        stack,
        engine,
        config,
        place,
        cluster,
        mesh: kubernetesMesh(cluster, place),
        journals: { project: DIRECTORY, stack },
        by: `${thisUser()}@${thisHost()}`,
    };
}

export { latestJournal, listJournals, openJournal, readJournal, systemClock };
