// What a tool is here: it deploys the stable version, takes a new one to its end, and takes it back.
import type { Target } from "../../sandbox/demo/target";
import type { Scenario } from "./faultScenarios";
import type { Outcome } from "./figures";

export interface Ended {
    readonly outcome: Outcome;
    /** In the tool's own words. */
    readonly reason: string;
}

/** One rollout of one tool, in a namespace of its own. */
export interface Release {
    /** Asks for the new version; ends when the tool says that it is over. An abort is the end of its time. */
    readonly run: (over: AbortSignal) => Promise<Ended>;
    /** After a promotion: back to the old version, by the shortest way that the tool's own pages tell. */
    readonly back: (over: AbortSignal) => Promise<void>;
}

export interface Place {
    readonly target: Target;
    readonly namespace: string;
    readonly scenario: Scenario;
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal;
    /** What the namespace's removal does not end or remove; said before it is there, so that it goes however this ends. */
    readonly onClose: (run: () => Promise<unknown>) => void;
}

export interface Tool {
    readonly id: string;
    readonly title: string;
    /** Its settings, in a few words. */
    readonly settings: string;
    /** Scenarios that it is measured in; all without. */
    readonly only?: readonly string[];
    /** How long a rollout may take here, minutes. */
    readonly minutes: (scenario: Scenario) => number;
    /** What one of its rollouts takes of the machine at full rate, in lanes: one without more than its traffic is 1. */
    readonly load: number;
    /** How many of its rollouts may run at a time beside others. */
    readonly atOnce: number;
    /** What its programs are known by, for the table's head. */
    readonly version?: string;
    /** Deploys the stable version; ends when it is ready for traffic. */
    readonly open: (place: Place) => Promise<Release>;
}
