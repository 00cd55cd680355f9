/** The route during a rollback: patches it to weight 0, and follows it until callers have it. */
import { errorMessage } from "../../analysis/text";
import type { Run } from "./context";

/** How often the driver asks the API server whether Pulumi has written the route. */
const WRITTEN_POLL_MS = 100;
/** How often the driver tries the patch again: the API server refuses it as long as Istio's webhook is away, for example. */
const PATCH_RETRY_MS = 2_000;

/** Whether the route has weight 0. `none`: there is no route. `unread`: the API server did not answer. */
type Written = boolean | "none" | "unread";

export class RouteToStable {
    private written: Written = "unread";
    private routed: Promise<void> | undefined;
    private lastProblem = "";

    constructor(
        private readonly run: Run,
        private readonly record: (step: "written" | "routed", text: string) => Promise<unknown>,
    ) {}

    /** Whether the API server has weight 0. */
    get isWritten(): boolean {
        return this.written === true;
    }

    /** Patches the route to weight 0 unless it has it. If that is not possible, Pulumi writes the route. */
    async patch(): Promise<void> {
        if (this.isWritten) return;
        try {
            await this.run.ports.mesh.resetWeights();
        } catch (error) {
            await this.noteProblem(errorMessage(error));
            return;
        }
        this.written = await this.read();
        if (this.isWritten) await this.follow("patched the route to weight 0");
    }

    /** If the patch was not possible: tries it again until it is, Pulumi has written the route, or the work has ended. */
    async watchDuring(work: Promise<unknown>): Promise<void> {
        const { clock } = this.run.ports;
        const ended = new AbortController();
        const end = () => ended.abort();
        work.then(end, end);
        let patchedAt = clock.elapsed();
        while (!this.isWritten) {
            const isOver = ended.signal.aborted;
            this.written = await this.read();
            if (this.isWritten) await this.follow("the route has weight 0");
            if (isOver || this.isWritten) return;
            await clock.sleep(WRITTEN_POLL_MS, ended.signal);
            if (clock.elapsed() - patchedAt < PATCH_RETRY_MS) continue;
            await this.patch();
            patchedAt = clock.elapsed();
        }
    }

    /** Reads the route again: an update of somebody else may have changed it. */
    async check(): Promise<Written> {
        const now = await this.read();
        if (typeof now !== "boolean") return now;
        if (!now) this.routed = undefined;
        this.written = now;
        return now;
    }

    /** Resolves when callers have weight 0. */
    async reachCallers(): Promise<void> {
        this.routed ??= this.waitUntilRouted();
        await this.routed;
    }

    private async follow(text: string): Promise<void> {
        await this.record("written", text);
        // At once, because the rest of the update does not affect callers.
        this.routed = this.waitUntilRouted();
    }

    private waitUntilRouted(): Promise<void> {
        const { propagation, clock } = this.run.ports;
        const routed = propagation
            .wait(0, clock.now())
            .then(({ seconds, evidence }) =>
                this.record("routed", `${evidence}, ${seconds.toFixed(1)} s after the write`),
            )
            .then(() => undefined);
        // `reachCallers` throws it.
        routed.catch(() => undefined);
        return routed;
    }

    /** Reads both the mesh's route and the gateways' route. */
    private async read(): Promise<Written> {
        const { ports, log } = this.run;
        const { canary } = log.status.started;
        try {
            const written = await ports.mesh.written();
            if (written === undefined) return "none";
            return written.shares[canary] === 0 && (written.atGateways?.[canary] ?? 0) === 0;
        } catch {
            return "unread";
        }
    }

    private async noteProblem(problem: string): Promise<void> {
        if (problem === this.lastProblem) return;
        this.lastProblem = problem;
        const text = `The route could not be patched, so the rollback waits for Pulumi: ${problem}`;
        await this.run.log.append({ type: "note", text });
    }
}
