// Stacks of many apps on the cluster, and what a phase of one app or of all apps costs in each.
import path from "node:path";
import { execa } from "execa";
import type { Target } from "../../sandbox/demo/target";
import { measured } from "../processTree";
import type { Bench } from "../runBench";

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
    readonly peakMB: number;
    readonly cpuSeconds: Readonly<Record<string, number>>;
}

const ROOT = path.join(__dirname, "..", "..");
const PROGRAM = path.join(ROOT, "bench", "programs", "stack");
const PACK = path.join(ROOT, "dist", "policy");
const [LOW, HIGH] = [10, 25];
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
    await execa("npm", ["run", "--silent", "build"], { cwd: ROOT, signal });
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
    private first = LOW;
    private others = LOW;

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
        if (way === "preview") {
            const first = this.first;
            this.first = other(first);
            const used = await this.pulumi(["preview", "--policy-pack", PACK]);
            this.first = first;
            return used;
        }
        this.first = other(this.first);
        if (way !== "one") this.others = this.first;
        return this.pulumi(UP, way === "allOnce" ? ONCE : {});
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
        const { stdout: _, ...used } = await measured(
            this.target.pulumiFile,
            [...args, "--non-interactive", "--stack", this.name],
            { cwd: PROGRAM, env: { ...this.env(), ...more }, signal: this.signal },
        );
        return used;
    }

    private env(): NodeJS.ProcessEnv {
        return {
            ...this.target.env,
            APPS: String(this.apps),
            NAMESPACE: this.name,
            FIRST: String(this.first),
            OTHERS: String(this.others),
            IMAGE: this.target.images.app,
        };
    }
}

const UP = ["up", "--skip-preview", "--yes"];

function other(weight: number): number {
    return weight === LOW ? HIGH : LOW;
}
