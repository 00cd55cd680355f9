// What a seed stands for: a rollout's config, its traffic, and what goes wrong when.
import type { DriverInput } from "../../../canary/analysis/config/driverConfig";
import type { Control } from "../../../canary/analysis/record/record";
import type { ApiFaults } from "./apiServer";
import type { TrafficShape } from "./callers";
import type { EngineFaults } from "./engine";
import { type Luck, luckOf } from "./luck";

/** Something that happens at a time; `for` is how long it lasts. All in milliseconds. */
export type Disturbance = { readonly at: number; readonly for: number } & (
    | { readonly kind: "api" | "cutOff" | "prometheus" | "scrapes" | "rival" | "breaks" }
    | { readonly kind: "lock"; readonly isHolderDead: boolean }
    | { readonly kind: "clock"; readonly by: number }
    | { readonly kind: "stop" }
    | { readonly kind: "command"; readonly control: Control }
    | { readonly kind: "hand"; readonly edits: "config" | "route" | "up"; readonly weight: number }
);

export interface Scenario {
    readonly seed: number;
    readonly ladder: readonly number[];
    readonly analysis: NonNullable<DriverInput["analysis"]>;
    readonly gates: NonNullable<DriverInput["gates"]>;
    readonly emergency: boolean;
    readonly traffic: TrafficShape;
    /** Numbers of calls before or after which the driver dies. */
    readonly crashes: readonly number[];
    /** Whether only crashes go wrong, so that the rollout must end as without them. */
    readonly isCrashOnly: boolean;
    /** Probability that a crash is a power cut. */
    readonly powerCuts: number;
    /** Probability that a successor runs on another host. */
    readonly moves: number;
    /** Probability that a person rolls back instead of resuming. */
    readonly rollsBack: number;
    /** Milliseconds until the successor starts, at most. */
    readonly restart: number;
    readonly api: ApiFaults;
    readonly engine: EngineFaults;
    /** Probability that a journal write fails. */
    readonly disk: number;
    /** Probability that one poll fails, or is late. */
    readonly prometheus: number;
    /** Milliseconds until callers have a route, at most. */
    readonly push: number;
    readonly webhook: { readonly failing: number; readonly slow: number };
    readonly disturbances: readonly Disturbance[];
}

/** Planted bugs: each is a driver that looks right and is not. The simulation must find every one of them. */
export const BUGS = {
    lostSync: "the disk does not sync: a power cut loses records that the driver relies on",
    keepsConfig: "a rollback does not write weight 0 to the stack's config",
    restartsLadder: "a driver that resumes begins with the ladder's first weight again",
    recounts: "a driver that resumes counts requests again",
    blind: "the analysis does not see the canary's failures",
} as const;

export type Bug = keyof typeof BUGS;

const LADDERS = [[10, 25, 50, 100], [20, 100], [10, 50, 100], [5, 20, 100], [50, 100], [100]];
const MINUTE = 60_000;
/** Disturbances begin within this time. */
const EARLY = 3 * MINUTE;

export function scenarioOf(seed: number): Scenario {
    const luck = luckOf(seed, "scenario");
    const isCrashOnly = luck.chance(0.3);
    const ladder = luck.pick(LADDERS);
    const has = (probability: number) => !isCrashOnly && luck.chance(probability);
    const rare = (probability: number) =>
        has(probability) ? luck.pick([0.003, 0.01, 0.03, 0.1]) : 0;
    return {
        seed,
        ladder,
        analysis: analysisOf(luck, isCrashOnly),
        gates: luck.chance(0.2)
            ? [{ type: "approval", name: "person", phases: [luck.pick(ladder)] }]
            : [],
        emergency: luck.chance(0.3),
        traffic: trafficOf(luck, ladder, isCrashOnly),
        crashes: crashesOf(luck, isCrashOnly || luck.chance(0.4)),
        isCrashOnly,
        powerCuts: luck.pick([0, 0.5, 1]),
        moves: has(0.3) ? 0.5 : 0,
        rollsBack: has(0.2) ? 0.5 : 0,
        restart: luck.pick([500, 5_000, isCrashOnly ? 5_000 : 60_000]),
        api: { failing: rare(0.3), conflicts: rare(0.3), slow: rare(0.3) },
        engine: {
            failing: rare(0.3),
            refusing: rare(0.15),
            slow: rare(0.3),
            config: rare(0.15),
            orphans: has(0.3),
        },
        disk: has(0.1) ? 0.01 : 0,
        prometheus: rare(0.3),
        push: luck.pick([500, 2_000, isCrashOnly ? 2_000 : 20_000]),
        webhook: { failing: rare(0.15), slow: rare(0.15) },
        disturbances: isCrashOnly ? [] : disturbancesOf(luck),
    };
}

function analysisOf(luck: Luck, isCrashOnly: boolean): Scenario["analysis"] {
    const seconds = (low: number, high: number) => `${luck.integer(low, high)}s`;
    return {
        interval: seconds(4, 8),
        minDwell: seconds(5, 15),
        maxDwell: seconds(40, 60),
        // Time that a dead driver lost must not decide, where the end is compared with that of an uninterrupted rollout.
        maxTotal: isCrashOnly ? "30m" : "2m",
        deadline: "4m",
        bake: seconds(5, 30),
        blindLimit: seconds(30, 90),
        warmUp: { errors: seconds(0, 10) },
        holdback: luck.pick([0, 5, 10]),
        corroboration: luck.integer(1, 3),
        minRequests: luck.integer(20, 50),
        probe: luck.chance(0.5),
        onBlind: luck.chance(0.8) ? "rollback" : "hold",
        onInconclusive: luck.pick(["hold", "rollback", "promote"]),
        latency: { enabled: false },
    };
}

function trafficOf(luck: Luck, ladder: readonly number[], isExact: boolean): TrafficShape {
    const isNoisy = !isExact && luck.chance(0.3);
    const stable = isNoisy ? luck.pick([0, 0.001, 0.01]) : 0;
    const kind = luck.pick(["healthy", "healthy", "broken", "broken", "partly"]);
    return {
        rate: luck.integer(200, 800),
        callers: luck.integer(1, 2),
        scrapeMs: 1_000 * luck.integer(3, 6),
        isNoisy,
        stable,
        canary: kind === "healthy" ? stable : kind === "broken" ? 1 : 0.3,
        failsFrom: luck.chance(0.5) ? 1 : luck.pick(ladder),
    };
}

/** Early calls are as likely as late ones, because each part of the driver runs at some order of magnitude. */
function crashesOf(luck: Luck, has: boolean): number[] {
    if (!has) return [];
    const at = () => Math.round(Math.exp(luck.between(0, Math.log(4_000))));
    return Array.from({ length: luck.integer(1, 4) }, at).sort((a, b) => a - b);
}

function disturbancesOf(luck: Luck): Disturbance[] {
    const kinds: Disturbance["kind"][] = [
        ...(["api", "cutOff", "prometheus", "scrapes", "rival", "breaks"] as const),
        ...(["lock", "clock", "stop", "command", "hand"] as const),
    ];
    const count = luck.integer(1, 5);
    const found = Array.from({ length: count }, () => disturbanceOf(luck, luck.pick(kinds)));
    return found.flat().sort((a, b) => a.at - b.at);
}

function disturbanceOf(luck: Luck, kind: Disturbance["kind"]): Disturbance[] {
    const at = Math.round(luck.between(0, EARLY));
    const lasting = Math.round(Math.exp(luck.between(Math.log(1_000), Math.log(MINUTE))));
    switch (kind) {
        case "lock":
            return [{ kind, at, for: lasting, isHolderDead: luck.chance(0.5) }];
        case "clock": {
            const by = Math.round(Math.exp(luck.between(Math.log(1_000), Math.log(15 * MINUTE))));
            return [{ kind, at, for: lasting, by: luck.chance(0.5) ? by : -by }];
        }
        case "command": {
            const control = luck.pick(["pause", "promote", "rollback", "hold", "approve"] as const);
            const command = { kind, at, for: 0, control } as const;
            // Nobody pauses a rollout for ever.
            const later = { kind, at: at + lasting, for: 0, control: "resume" } as const;
            return control === "pause" ? [command, later] : [command];
        }
        case "hand": {
            const edits = luck.pick(["config", "route", "up"] as const);
            return [{ kind, at, for: lasting, edits, weight: luck.pick([0, 10, 40, 100]) }];
        }
        case "rival":
            // Only a driver that cannot renew its Lease loses it to another one.
            return [
                { kind: "cutOff", at, for: lasting + 20_000 },
                { kind, at: at + 1_000, for: lasting },
            ];
        default:
            return [{ kind, at, for: lasting }];
    }
}
