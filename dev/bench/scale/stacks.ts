// Stacks of many apps on the cluster, and what a phase of one app or of all apps costs in each.
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../checkout";
import type { Target } from "../../sandbox/demo/target";
import { measured } from "../harness/processTree";
import type { Bench } from "../harness/runBench";

export const WAYS = ["one", "all", "allOnce", "preview"] as const;
export type Way = (typeof WAYS)[number];

export interface StackRun {
    readonly apps: number;
    readonly round: number;
    /**
     * one: a phase of one app. all: of all of them in one update. allOnce: the same, with the engine's state written once at its
     * end and not at each step. preview: that of the phase of one, with the pack.
     */
    readonly way: Way;
    readonly seconds: number;
    /** Objects that it updated, or would. */
    readonly changed: number;
    readonly peakMB: number;
    readonly cpuSeconds: Readonly<Record<string, number>>;
}

/** Of a stack's apps: one may be at another weight than the rest. */
export interface Weights {
    readonly first: number;
    readonly others: number;
}

const PROGRAM = path.join(CHECKOUT, "dev", "bench", "programs", "stack");
const PACK = path.join(CHECKOUT, "dist", "policy");
const WEIGHTS = [10, 25, 50] as const;
const LARGE = 50;
/** The engine writes its state once, at the end. */
const ONCE = { PULUMI_SKIP_CHECKPOINTS: "true" };

/** Makes a stack of each size, then measures them in turns: each round all sizes, every other round backwards. */
export async function stackRuns(
    target: Target,
    sizes: readonly number[],
    { rounds, signal, onEnd, say }: Pick<Bench, "signal" | "onEnd" | "say"> & { rounds: number },
): Promise<{ readonly runs: StackRun[]; readonly created: Record<number, number> }> {
    // As an installed package has it: compiled ahead.
    await execa("npm", ["run", "--silent", "build"], { cwd: CHECKOUT, signal });
    const stacks = sizes.map((apps) => new AppsStack(target, apps, signal));
    const created: Record<number, number> = {};
    for (const stack of stacks) {
        onEnd(`stack of ${stack.apps} apps`, () => stack.remove());
        created[stack.apps] = await stack.create();
        say(`${stack.apps} apps: made in ${created[stack.apps]?.toFixed(1)} s`);
    }
    const runs: StackRun[] = [];
    for (let round = 1; round <= rounds; round++) {
        for (const stack of round % 2 === 0 ? [...stacks].reverse() : stacks) {
            await stack.settle();
            for (const way of WAYS) {
                // The engine writes all of its state at each step of it: minutes.
                if (way === "all" && stack.apps > LARGE && round > 1) continue;
                const run = { apps: stack.apps, round, way, ...(await stack.run(way)) };
                runs.push(run);
                say(
                    `${run.apps} apps, round ${round}, ${way}: ${run.seconds.toFixed(2)} s, ${run.peakMB} MB`,
                );
            }
        }
    }
    return { runs, created };
}

class AppsStack {
    private weights: Weights = { first: WEIGHTS[0], others: WEIGHTS[0] };

    constructor(
        private readonly target: Target,
        readonly apps: number,
        private readonly signal: AbortSignal,
    ) {}

    private get name(): string {
        return `mesh-scale-${this.apps}`;
    }

    /** Seconds that it took. */
    async create(): Promise<number> {
        const { name } = this;
        const room = {
            apiVersion: "v1",
            kind: "ResourceQuota",
            metadata: { name: "no-pods", namespace: name },
        };
        const items = [
            { apiVersion: "v1", kind: "Namespace", metadata: { name } },
            { ...room, spec: { hard: { pods: "0" } } },
        ];
        await this.target.kubectl(["apply", "-f", "-"], {
            input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
            signal: this.signal,
        });
        await this.pulumi(["stack", "init", "--no-select"]);
        const { seconds } = await this.pulumi(UP, ONCE);
        return seconds;
    }

    /** What an update has changed is told by the outputs of the next one, too: of all apps, after a phase of all. */
    async settle(): Promise<void> {
        await this.pulumi(UP, ONCE);
    }

    async run(way: Way) {
        const before = this.weights;
        this.weights = phase(way, before);
        if (way === "preview") {
            const used = await this.pulumi(["preview", "--policy-pack", PACK]);
            this.weights = before;
            return used;
        }
        const used = await this.pulumi(UP, way === "allOnce" ? ONCE : {});
        const expected = way === "one" ? 1 : this.apps;
        if (used.changed < expected) {
            throw new Error(
                `${this.name}, ${way}: ${used.changed} objects changed, not one of each of ${expected} apps`,
            );
        }
        return used;
    }

    /** The namespace goes as a whole: an update would take as long as all of the bench. */
    async remove(): Promise<void> {
        const { name } = this;
        await this.target.kubectl([
            "delete",
            "namespace",
            name,
            "--ignore-not-found",
            "--wait=false",
        ]);
        const pulumi = (args: readonly string[], reject: boolean) =>
            execa(this.target.pulumiFile, [...args, "--yes", "--stack", name], {
                ...{ cwd: PROGRAM, env: this.env(), stdin: "ignore", reject },
            });
        // An update that was interrupted may have left its lock.
        await pulumi(["cancel"], false);
        await pulumi(["stack", "rm", "--force"], true);
    }

    private async pulumi(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
        const { stdout, ...used } = await measured(
            this.target.pulumiFile,
            [...args, "--non-interactive", "--stack", this.name],
            { cwd: PROGRAM, env: { ...this.env(), ...more }, signal: this.signal },
        );
        const changed = Number(/~ (\d+) (?:updated|to update)/.exec(stdout)?.[1] ?? 0);
        return { ...used, changed };
    }

    private env(): NodeJS.ProcessEnv {
        return {
            ...this.target.env,
            APPS: String(this.apps),
            NAMESPACE: this.name,
            FIRST: String(this.weights.first),
            OTHERS: String(this.weights.others),
            IMAGE: this.target.images.app,
        };
    }
}

const UP = ["up", "--skip-preview", "--yes"];

/** What the next phase asks for: another weight for the first app, one that the pack lets pass, or a new one for every app. */
export function phase(way: Way, { first, others }: Weights): Weights {
    if (way === "one" || way === "preview") {
        return { first: first === WEIGHTS[1] ? WEIGHTS[0] : WEIGHTS[1], others };
    }
    const next = WEIGHTS.find((weight) => weight !== first && weight !== others) ?? first;
    return { first: next, others: next };
}
