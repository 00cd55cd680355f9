// Do the rules refuse what a cluster refuses, and nothing else? Changed objects, judged by both; the cluster stores none.
// npm run bench:validation [-- --objects N] [--seed K] [--short]   on a sandbox that is up; five minutes.
import { checkManifests, type Manifest } from "../../rollout/rules";
import { schemaOf } from "../../rollout/rules/schema/catalogue";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { drawFrom } from "./decisions/random";
import { versionsOf } from "./harness/results";
import { runBench } from "./harness/runBench";
import { changed, type Donors, donorsOf, pick } from "./validation/changes";
import { type DryRun, openDryRun } from "./validation/dryRun";
import { kindOf, originals } from "./validation/originals";

const NAMESPACE = "bench-validation";
const AT_ONCE = 8;
/** Of the objects that the cluster refuses, and of those that it takes. */
const MOST_MISSED = 0.01;
const MOST_FALSE = 0.002;

interface Difference {
    readonly kind: string;
    /** By the cluster, if it refuses; else by the rules. */
    readonly reason: string;
    readonly object: Manifest;
}

interface Counts {
    refused: number;
    missed: number;
    /** Refused; the rules only advise, because the object may be a patch, or have fields of a newer Kubernetes. */
    advised: number;
    taken: number;
    falselyRefused: number;
}

runBench(
    "validation",
    async ({ short, options, signal, onEnd, say, write }) => {
        const wanted = short ? 300 : Number(options.objects ?? 20_000);
        const seed = Number(options.seed ?? 1);
        const target = await sandboxTarget(false);
        await target.kubectl(["create", "namespace", NAMESPACE]);
        onEnd("namespace", () => target.kubectl(["delete", "namespace", NAMESPACE]));
        const cluster = await openDryRun(target, NAMESPACE);
        onEnd("proxy", () => cluster.close());
        const all = (await originals(cluster.kinds, NAMESPACE)).filter(schemaOf);
        const valid = await validOf(all, cluster, say);
        const byKind = groupedByKind(valid);
        const donors = new Map([...byKind].map(([kind, ones]) => [kind, donorsOf(ones)] as const));
        const counts = new Map<string, Counts>();
        const missed: Difference[] = [];
        const falselyRefused: Difference[] = [];
        const judge = async (object: Manifest) => {
            const [refusal, finding] = [await cluster.refusal(object), findingOn(object)];
            const kind = object.kind;
            const count = counts.get(kind) ?? {
                refused: 0,
                missed: 0,
                advised: 0,
                taken: 0,
                falselyRefused: 0,
            };
            counts.set(kind, count);
            count[refusal === undefined ? "taken" : "refused"]++;
            if (refusal === undefined && finding?.isShape && !finding.isAdvice) {
                count.falselyRefused++;
                falselyRefused.push({ kind, reason: finding.text, object });
            } else if (refusal !== undefined && finding?.isAdvice) {
                count.advised++;
            } else if (refusal !== undefined && finding === undefined) {
                count.missed++;
                missed.push({ kind, reason: refusal, object });
            }
        };
        const objects = changedObjects([...byKind.values()], donors, seed, wanted);
        for (let k = 0; k < objects.length; k += AT_ONCE) {
            signal.throwIfAborted();
            await Promise.all(objects.slice(k, k + AT_ONCE).map(judge));
        }
        const sum = (key: keyof Counts) =>
            [...counts.values()].reduce((total, one) => total + one[key], 0);
        const row = (kind: string, one: Counts) => [kind, ...Object.values(one).map(String)];
        await write({
            name: "validation",
            question: "Do the rules refuse what a cluster refuses, and nothing else?",
            versions: await versionsOf(target),
            values: { seed, originals: valid.length, missed, falselyRefused },
            plots: [],
            tables: [
                {
                    title: "Changed objects, by kind",
                    columns: ["kind", "refused", "missed", "advised", "taken", "falsely refused"],
                    rows: [
                        ...[...counts].sort().map(([kind, one]) => row(kind, one)),
                        row("all", {
                            refused: sum("refused"),
                            missed: sum("missed"),
                            advised: sum("advised"),
                            taken: sum("taken"),
                            falselyRefused: sum("falselyRefused"),
                        }),
                    ],
                },
            ],
        });
        const broken: string[] = [];
        if (sum("missed") > MOST_MISSED * sum("refused")) broken.push("the rules miss too much");
        if (sum("falselyRefused") > MOST_FALSE * sum("taken")) {
            broken.push("the rules refuse what the cluster takes");
        }
        return short ? [] : broken;
    },
    ["objects", "seed"],
);

async function validOf(
    all: readonly Manifest[],
    cluster: DryRun,
    say: (line: string) => void,
): Promise<Manifest[]> {
    const valid: Manifest[] = [];
    for (const one of all) if ((await cluster.refusal(one)) === undefined) valid.push(one);
    say(`${valid.length} originals of ${all.length} that the cluster takes.`);
    return valid;
}

function groupedByKind(objects: readonly Manifest[]): Map<string, Manifest[]> {
    const found = new Map<string, Manifest[]>();
    for (const one of objects) found.set(kindOf(one), [...(found.get(kindOf(one)) ?? []), one]);
    return found;
}

/** Each kind as often as any other. */
function changedObjects(
    byKind: readonly (readonly Manifest[])[],
    donors: ReadonlyMap<string, Donors>,
    seed: number,
    wanted: number,
): Manifest[] {
    const draw = drawFrom(seed);
    return Array.from({ length: wanted }).flatMap(() => {
        const original = pick(pick(byKind, draw) ?? [], draw);
        if (original === undefined) return [];
        return [changed(original, donors.get(kindOf(original)) ?? new Map(), draw)];
    });
}

interface FirstFinding {
    readonly isShape: boolean;
    readonly isAdvice: boolean;
    readonly text: string;
}

/** The first finding that stops a program, or advice on the shape. Other rules are not about what a cluster refuses. */
function findingOn(object: Manifest): FirstFinding | undefined {
    const [found] = checkManifests([object], { today: "2026-01-01", preset: "correctness" })
        .map(({ rule, level, finding }) => ({
            isShape: rule.group === "shape",
            isAdvice: level !== "mandatory" || finding.advisory === true,
            text: `${rule.id}: ${finding.path}: ${finding.expected}`,
        }))
        .filter(({ isShape, isAdvice }) => isShape || !isAdvice)
        .sort(
            (a, b) =>
                Number(a.isAdvice) - Number(b.isAdvice) || Number(b.isShape) - Number(a.isShape),
        );
    return found;
}
