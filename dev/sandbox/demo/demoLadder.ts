// The demo's rollouts: a healthy version up the ladder, then a broken one to the first phase and back, under live traffic.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";
import { clientRoute, type ProxyRoute } from "./clientRoute";
import type { PhaseRow } from "./demoTable";
import { failed, phaseFigures } from "./requests";
import { type Stack, type Update, withoutPreview, withPack } from "./stack";
import type { Target } from "./target";

export interface Scene {
    readonly target: Target;
    readonly stack: Stack;
    readonly client: Client;
    readonly clientNamespace: string;
    /** FQDN of the service. */
    readonly host: string;
    /** Seconds to hold each phase once the client's proxy has its weight. */
    readonly hold: number;
    readonly signal: AbortSignal;
    /** Prints a line. */
    readonly say: (line: string) => void;
    /** Prints a line that the next one replaces; on a terminal only. */
    readonly live: (line: string) => void;
}

/** `pulumi up` failed; the message contains its output. */
export class UpdateFailed extends Error {
    override readonly name = "UpdateFailed";
}

/** Sets the weight with `pulumi up`, holds the phase, and returns the measurements. */
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
        // Counts failures while the split is changing too.
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
    /** Seconds from the start of `pulumi up` with weight 0 until the client's proxy has it. */
    readonly routedSeconds: number;
    readonly updateSeconds: number;
    /** Failed requests that were sent after the client's proxy had weight 0. */
    readonly failedAfter: number;
}

/** Replaces v2 with a build that fails half of its requests, gives it 10 %, waits for failures, and sets weight 0. */
export async function rollback(scene: Scene): Promise<Rollback> {
    const { stack, client } = scene;
    await shift(scene, 0);
    scene.say("Replacing v2 at weight 0 with a build that fails half of its requests: pulumi up");
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

/** Sets the weight and runs `pulumi up`; by default with a preview and the policy pack. */
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

/** Runs `pulumi up`. @throws UpdateFailed with pulumi's output. */
export async function up(
    { stack, signal, say }: Pick<Scene, "stack" | "signal" | "say">,
    flags: readonly string[] = withPack,
): Promise<Update> {
    const update = await stack.up(signal, flags);
    if (update.exitCode !== 0) {
        throw new UpdateFailed(`pulumi up exited with code ${update.exitCode}:\n${update.output}`);
    }
    say(`  updated in ${update.seconds.toFixed(1)} s`);
    return update;
}

/** Polls until `ask` returns a value. @throws Error after 30 s. */
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
            throw new Error(`Timed out after 30 s waiting for ${what}.`);
        }
        await sleep(100, undefined, { signal: scene.signal });
    }
}
