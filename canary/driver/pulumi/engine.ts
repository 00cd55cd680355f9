/** Pulumi, through its Automation API, on the program on disk: what a hand would do, and no more. */
import { rm } from "node:fs/promises";
import type { EngineEvent, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { readConfig } from "../../analysis/config/readConfig";
import { type HostEnded, unknownHosts } from "../kubernetes/jobPods";
import type { Engine, EngineResult } from "../ports";
import { processAlive, thisHost } from "../thisProcess";
import { pulumiCommand } from "./command";
import { holdersIn, stale } from "./lock";
import { StackFile } from "./stackFile";

export interface EngineOptions {
    /** Of the program: where Pulumi.yaml is. */
    readonly directory: string;
    readonly stack: string;
    /** Namespace of the program's config. */
    readonly project: string;
    /** Folder of the policy pack that every preview runs. */
    readonly policyPack: string;
    /** Hosts whose locks are nobody's. Default none but this one's dead processes'. */
    readonly hostEnded?: HostEnded;
    /** Default the pulumi on PATH. */
    readonly command?: PulumiCommand;
}

/** @throws Error when pulumi is not there. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
    const automation: typeof import("@pulumi/pulumi/automation") = require("@pulumi/pulumi/automation");
    const workspace = await automation.LocalWorkspace.create({
        workDir: options.directory,
        pulumiCommand: options.command ?? (await pulumiCommand()),
    });
    return new PulumiEngine(await automation.Stack.select(options.stack, workspace), options);
}

class PulumiEngine implements Engine {
    private readonly file: StackFile;
    /** What the backend said when it refused because of a lock. */
    private refusal = "";

    constructor(
        private readonly stack: Stack,
        private readonly options: EngineOptions,
    ) {
        this.file = new StackFile(options.directory, options.stack);
    }

    async config() {
        const { stack, project } = this.options;
        const all = await this.stack.getAllConfig().catch((error: unknown) => {
            throw new Error(`Stack ${stack} could not be opened: ${said(error)}`);
        });
        return readConfig(all, project);
    }

    async configuredWeight(): Promise<number> {
        const text = await this.file.get(`${this.options.project}:weight`);
        return text === undefined ? 0 : Number(text);
    }

    async setConfig(values: Readonly<Record<string, string | number>>): Promise<void> {
        const named = Object.entries(values).map(([key, value]) => [
            `${this.options.project}:${key}`,
            value,
        ]);
        await this.file.set(Object.fromEntries(named));
    }

    preview(signal?: AbortSignal): Promise<EngineResult> {
        const { policyPack } = this.options;
        return this.run((onEvent) =>
            this.stack.preview({ policyPacks: [policyPack], color: "never", onEvent, signal }),
        );
    }

    update(signal?: AbortSignal): Promise<EngineResult> {
        // Without events: an update whose driver is killed would wait for the listener, and keep the stack's lock.
        return this.run(() => this.stack.up({ color: "never", signal }));
    }

    async unlock() {
        const holders = holdersIn(this.refusal);
        const { hostEnded = unknownHosts } = this.options;
        const ended = new Set<string>();
        for (const { host } of holders) if (await hostEnded(host)) ended.add(host);
        const { clear, reason } = stale(holders, thisHost(), processAlive, ended);
        const files = holders.flatMap(({ file }) => file ?? []);
        if (clear && files.length === holders.length) {
            // These and no others: `pulumi cancel` would clear one too that somebody has got meanwhile.
            for (const file of files) await rm(file, { force: true });
        } else if (clear) await this.stack.cancel();
        this.refusal = "";
        return { cleared: clear, reason };
    }

    private async run(
        work: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
    ): Promise<EngineResult> {
        const started = performance.now();
        const mandatory: string[] = [];
        const advisory: string[] = [];
        const errors: string[] = [];
        const seconds = () => (performance.now() - started) / 1_000;
        try {
            await work(({ policyEvent, diagnosticEvent }) => {
                if (policyEvent !== undefined) {
                    const { policyName, message } = policyEvent;
                    const list =
                        policyEvent.enforcementLevel === "mandatory" ? mandatory : advisory;
                    list.push(`${policyName}: ${plain(message)}`);
                }
                if (diagnosticEvent?.severity === "error")
                    errors.push(plain(diagnosticEvent.message));
            });
            return { ok: true, seconds: seconds(), notes: advisory };
        } catch (error) {
            const text = said(error);
            const locked = this.lockText(error, text);
            if (locked !== undefined)
                return { ok: false, why: "locked", reason: locked, seconds: seconds() };
            const refused = mandatory.length > 0;
            const why = refused || isConfigProblem(text) ? "refused" : "failed";
            const reason = (refused ? mandatory : errors.length > 0 ? errors : [text]).join("\n");
            return { ok: false, why, reason, seconds: seconds() };
        }
    }

    private lockText(error: unknown, text: string): string | undefined {
        const { ConcurrentUpdateError }: typeof import("@pulumi/pulumi/automation") =
            require("@pulumi/pulumi/automation");
        if (!(error instanceof ConcurrentUpdateError)) return undefined;
        this.refusal = text;
        const [holder] = holdersIn(text);
        const by = holder ? ` by ${holder.user}@${holder.host} (pid ${holder.pid})` : "";
        return `the stack is locked${by}`;
    }
}

/** What the program says when its own checks refuse: nothing was changed then either. */
function isConfigProblem(text: string): boolean {
    return text.includes("nothing was changed");
}

function said(error: unknown): string {
    return error instanceof Error ? error.message.trim() : String(error);
}

/** Without the tags by which the engine colours. */
function plain(message: string): string {
    return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}
