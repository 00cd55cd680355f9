// What the raw values of the phases say: medians, ratios against the naive program, shares, and the bench's own checks.
import { list, median } from "../harness/median";
import type { Plot } from "../harness/plot";
import type { Table } from "../harness/results";
import type { Phase } from "./measure";
import { processorOf, SHARES, type Share, sharesOf } from "./shares";
import { NAIVE_ALONE, OURS_WITH_PACK } from "./ways";

const PATCH = "kubectl patch";

export function tables(phases: readonly Phase[], names: readonly string[]): Table[] {
    const cold = phases.filter((one) => one.cold);
    const warm = phases.filter((one) => !one.cold);
    return [
        secondsOf("Warm", warm, names),
        ...(cold.length > 0
            ? [secondsOf("Cold: the first run without compiled output", cold, names)]
            : []),
        shareTable(warm, names),
        processorTable(warm, names),
    ];
}

function secondsOf(title: string, phases: readonly Phase[], names: readonly string[]): Table {
    return {
        title,
        columns: [
            "way",
            "every sidecar has the split, s",
            "ratio to the naive program",
            "the command has ended, s",
            "ratio",
            "peak memory, MB",
            "raw: sidecars",
            "raw: ended",
        ],
        rows: names.flatMap((name) => {
            const mine = phases.filter(({ way }) => way === name);
            if (mine.length === 0) return [];
            const of = (value: (one: Phase) => number) => mine.map(value);
            return [
                [
                    name,
                    median(of(({ routed }) => routed)).toFixed(2),
                    ratio(phases, name, ({ routed }) => routed),
                    median(of(({ ended }) => ended)).toFixed(2),
                    ratio(phases, name, ({ ended }) => ended),
                    median(of(({ peakMb }) => peakMb)).toFixed(0),
                    list(of(({ routed }) => routed)),
                    list(of(({ ended }) => ended)),
                ],
            ];
        }),
        note: "Medians; a ratio is the median of the rounds' ratios. Memory is of all processes of the command together, shared pages counted once.",
    };
}

/** Of each round's own two values: what a busy machine does to a round is in both. */
function ratio(phases: readonly Phase[], name: string, value: (one: Phase) => number): string {
    const ratios = phases.flatMap((one) => {
        if (one.way !== name) return [];
        const other = phases.find(({ way, round }) => way === NAIVE_ALONE && round === one.round);
        return other === undefined ? [] : [value(one) / value(other)];
    });
    return ratios.length === 0 ? "–" : median(ratios).toFixed(2);
}

function shareTable(phases: readonly Phase[], names: readonly string[]): Table {
    const rows = names.flatMap((name) => {
        const mine = phases.filter(({ way }) => way === name);
        const shares = mine.flatMap((one) => sharesOf(one) ?? []);
        if (shares.length === 0) return [];
        const of = (share: Share) => median(shares.map((one) => one[share])).toFixed(2);
        const mesh = median(mine.map(({ written, routed }) => routed - written)).toFixed(2);
        return [[name, ...SHARES.map(of), mesh]];
    });
    return {
        title: "Where the time goes, in seconds",
        columns: ["way", ...SHARES, "istiod and Envoy, meanwhile"],
        rows,
        note: "Warm; medians. From when the processes of a command are first seen, to 20 ms.",
    };
}

function processorTable(phases: readonly Phase[], names: readonly string[]): Table {
    const parts = [...new Set(phases.flatMap((one) => Object.keys(processorOf(one))))];
    return {
        title: "Seconds of processor",
        columns: ["way", ...parts, "together"],
        rows: names.flatMap((name) => {
            const mine = phases.filter(({ way }) => way === name).map(processorOf);
            if (mine.length === 0) return [];
            const of = (part: string) => median(mine.map((one) => one[part] ?? 0)).toFixed(2);
            const together = mine.map((one) => Object.values(one).reduce((sum, n) => sum + n, 0));
            return [[name, ...parts.map(of), median(together).toFixed(2)]];
        }),
        note: "Warm; medians. Look-ups are git, the shell that starts the policy host, and node where it only resolves a path.",
    };
}

export function plots(phases: readonly Phase[], names: readonly string[]): Plot[] {
    const warm = phases.filter(({ cold }) => !cold);
    const points = (value: (one: Phase) => number) =>
        names.map((name) => {
            const mine = warm.filter(({ way }) => way === name).map(value);
            return [name, mine.length === 0 ? null : median(mine)] as const;
        });
    return [
        {
            title: "Seconds from the edit, warm",
            kind: "bar",
            x: { name: "" },
            y: { name: "seconds", min: 0 },
            series: [
                { name: "every sidecar has the split", points: points(({ routed }) => routed) },
                { name: "the command has ended", points: points(({ ended }) => ended) },
            ],
        },
    ];
}

/** What would make the figures worthless. */
export function brokenChecks(phases: readonly Phase[], names: readonly string[]): string[] {
    const broken: string[] = [];
    for (const name of names) {
        const mine = phases.filter(({ way }) => way === name);
        if (mine.length === 0) broken.push(`${name} was not measured`);
        for (const one of mine) {
            const { written, routed, ended, peakMb, processes } = one;
            if (!(written > 0)) broken.push(`${name}: the API server told of no change`);
            if (!(routed > 0)) broken.push(`${name}: a sidecar had the split before the edit`);
            if (!(peakMb > 0)) broken.push(`${name}: no memory was seen`);
            if (name !== PATCH && name !== OURS_WITH_PACK && !(ended >= written)) {
                broken.push(`${name}: the command ended before it had written`);
            }
            if (name !== PATCH && !processes.some(({ part }) => part === "program")) {
                broken.push(`${name}: no program was seen to run`);
            }
        }
        const judged = mine.some(({ processes }) =>
            processes.some(({ part }) => part === "policy host"),
        );
        if (name === OURS_WITH_PACK && !judged) broken.push(`${name}: no policy host was seen`);
    }
    return broken;
}
