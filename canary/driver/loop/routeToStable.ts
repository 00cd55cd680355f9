/** The route during a rollback: patches it to weight 0, and follows it until callers have it. */
import { errorMessage } from "../../analysis/text";
import type { Run } from "./context";

/** How often the driver asks the API server whether Pulumi has written the route. */
const WRITTEN_POLL_MS = 100;

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

    /** If the patch was not possible: waits until Pulumi has written the route, or the update has ended. */
    async watchDuring(update: Promise<unknown>): Promise<void> {
        const { clock } = this.run.ports;
        const ended = new AbortController();
        const end = () => ended.abort();
        update.then(end, end);
        while (!this.isWritten) {
            const isOver = ended.signal.aborted;
            this.written = await this.read();
            if (this.isWritten) await this.follow("the route has weight 0");
            if (isOver) return;
            if (!this.isWritten) await clock.sleep(WRITTEN_POLL_MS, ended.signal);
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
