// The demo itself: a healthy version up the ladder, then a broken one up one phase and back, under live traffic.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";
import { clientRoute, type ProxyRoute } from "./clientRoute";
import { failed, phaseFigures } from "./requests";
import { type Stack, type Update, withoutPreview, withPack } from "./stack";
import type { PhaseRow } from "./table";
import type { Target } from "./target";

export interface Scene {
    readonly target: Target;
    readonly stack: Stack;
    readonly client: Client;
    readonly clientNamespace: string;
    /** FQDN of the service. */
    readonly host: string;
    /** Seconds that each phase is held once it is routed. */
    readonly hold: number;
    readonly signal: AbortSignal;
    /** A line that stays. */
    readonly say: (line: string) => void;
    /** A line that the next one replaces, on a terminal. */
    readonly live: (line: string) => void;
}

/** Raised when `pulumi up` did not end well; its message is what pulumi printed. */
export class UpdateFailed extends Error {
    override readonly name = "UpdateFailed";
}

/** Takes the service to `weight` with `pulumi up`, holds, and says what was measured. */
export async function phase(scene: Scene, weight: number): Promise<PhaseRow> {
    const { update, route } = await shift(scene, weight);
    const all = scene.client.requests;
    const until = Date.now() + scene.hold * 1000;
    while (Date.now() < until) {
        await sleep(Math.min(1000, until - Date.now()), undefined, { signal: scene.signal });
        const now = phaseFigures(all, route.settled, Date.now(), "v2", []);
        const share = (100 * now.share).toFixed(1);
        scene.live(`  ${now.requests} requests, ${share} % to v2, ${now.failed} failed`);
    }
    const end = Date.now();
    const first = all.find(({ at }) => at >= route.since);
    return {
        ...phaseFigures(all, route.settled, end, "v2", ["v1", "v2"]),
        // A failure while the split moves counts as much as one after.
        failed: phaseFigures(all, update.startedAt, end, "v2", []).failed,
        name: `${weight} %`,
        weight,
        updateSeconds: update.seconds,
        firstRequestSeconds: first && (first.at - update.startedAt) / 1000,
    };
}

export interface Rollback {
    /** Requests that the broken version answered, and how many of them failed. */
    readonly answered: number;
    readonly failed: number;
    /** Seconds from the start of `pulumi up` with weight 0. */
    readonly routedSeconds: number;
    readonly updateSeconds: number;
    /** Failed requests that were sent after the client's proxy had weight 0. */
    readonly failedAfter: number;
}

/** Replaces v2 by a build that fails half of its requests, gives it 10 %, sees failures, and takes it back to 0. */
export async function rollback(scene: Scene): Promise<Rollback> {
    const { stack, client } = scene;
    await shift(scene, 0);
    scene.say("At weight 0, v2 is replaced by a build that fails half of its requests: pulumi up");
    await stack.edit(({ versions: { v2 } }) => {
        v2.args = v2.args?.map((arg) => arg.replace(/X-Version:v2$/, "$&&status=503:50"));
    });
    await up(scene);
    const bad = await shift(scene, 10);
    await until(scene, "the first failed requests", () => {
        const seen = client.requests.filter((r) => r.at >= bad.route.since && failed(r));
        return seen.length >= 20 ? seen : undefined;
    });
    const back = await shift(scene, 0, withoutPreview);
    await sleep(3000, undefined, { signal: scene.signal });
    const broken = client.requests.filter((r) => r.at >= bad.route.since && r.version === "v2");
    return {
        answered: broken.length,
        failed: client.requests.filter((r) => r.at >= bad.route.since && failed(r)).length,
        routedSeconds: (back.route.since - back.update.startedAt) / 1000,
        updateSeconds: back.update.seconds,
        failedAfter: client.requests.filter((r) => r.at >= back.route.settled && failed(r)).length,
    };
}

/** Sets the weight and updates: previewed with the pack or, where nothing can be refused, straight away. */
async function shift(
    scene: Scene,
    weight: number,
    flags: readonly string[] = withPack,
): Promise<{ readonly update: Update; readonly route: ProxyRoute }> {
    scene.say(`pulumi config set weight ${weight}; pulumi up ${flags.join(" ")}`);
    await scene.stack.set("weight", weight);
    const update = await up(scene, flags);
    const route = await until(scene, `weight ${weight} in the client's proxy`, async () => {
        const seen = await clientRoute(scene.target, scene.clientNamespace, scene.host);
        return (seen?.weights.v2 ?? 0) === weight ? seen : undefined;
    });
    return { update, route };
}

/** `pulumi up`. @throws UpdateFailed with what pulumi printed. */
export async function up(
    { stack, signal, say }: Pick<Scene, "stack" | "signal" | "say">,
    flags: readonly string[] = withPack,
): Promise<Update> {
    const update = await stack.up(signal, flags);
    if (update.exitCode !== 0) {
        throw new UpdateFailed(`pulumi up ended with ${update.exitCode}:\n${update.output}`);
    }
    say(`  updated in ${update.seconds.toFixed(1)} s`);
    return update;
}

/** Asks until there is an answer; gives up after 30 s. */
async function until<T>(
    scene: Scene,
    what: string,
    ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
    const deadline = Date.now() + 30_000;
    for (;;) {
        const answer = await ask();
        if (answer !== undefined) {
            return answer;
        }
        if (Date.now() > deadline) {
            throw new Error(`Waited 30 s for ${what}, in vain.`);
        }
        await sleep(100, undefined, { signal: scene.signal });
    }
}
