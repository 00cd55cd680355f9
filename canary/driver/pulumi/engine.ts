/** Runs Pulumi through its Automation API on the program on disk, as a person would. */
import { rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { type ConfigText, readConfig } from "../../analysis/config/readConfig";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";
import { journalFolder } from "../journal/journal";
import { type HostEnded, unknownHosts } from "../kubernetes/jobPods";
import type { Engine, EngineResult } from "../ports";
import { selectRollout } from "../selectRollout";
import { processAlive, thisHost } from "../thisProcess";
import { diagnosticsIn, pulumiCommand } from "./command";
import { classifyFailure } from "./failure";
import { explainConflicts } from "./fieldConflict";
import { holdersIn, lockVerdict } from "./lock";
import { pinOtherWeights } from "./otherWeights";
import { noWeightKey, ProgramWeights } from "./programWeights";
import { StackFile } from "./stackFile";
import { rolloutsIn } from "./stackState";
import { takeTurn, turnHolder } from "./turn";

type Automation = typeof import("@pulumi/pulumi/automation");
const loadAutomation = (): Automation => require("@pulumi/pulumi/automation");

export interface EngineOptions {
    /** Folder of Pulumi.yaml. */
    readonly directory: string;
    readonly stack: string;
    /** The stack that the user has selected, if another one. */
    readonly selected?: string;
    /** Folder of the policy pack that every preview runs. */
    readonly policyPack: string;
    /** Whether a host has ended, so that its locks may be cleared. Default: unknown for all hosts. */
    readonly hostEnded?: HostEnded;
    /** Chooses the rollout to drive among the stack's. Default: its only one. */
    readonly choose?: (rollouts: readonly RolloutTarget[]) => Promise<RolloutTarget>;
    /** Default: the `pulumi` on PATH. */
    readonly command?: PulumiCommand;
}

/** @throws Error if pulumi or the stack is missing. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
    const { directory, stack, selected } = options;
    const { LocalWorkspace, Stack: AutomationStack } = loadAutomation();
    // The launcher forwards a SIGINT only if this file exists.
    const abortFile = path.join(tmpdir(), `istio-canary-abort-${process.pid}`);
    const workspace = await LocalWorkspace.create({
        workDir: directory,
        pulumiCommand: options.command ?? (await pulumiCommand()),
        envVars: {
            ...compileCache(process.env),
            ISTIO_CANARY_ABORT: abortFile,
            ISTIO_CANARY_DRIVER: String(process.pid),
        },
    });
    try {
        const opened = await AutomationStack.select(stack, workspace);
        // Restore the user's selection, which the next `pulumi up` uses.
        if (selected !== undefined && selected !== stack) await workspace.selectStack(selected);
        return new PulumiEngine(opened, options, abortFile);
    } catch (error) {
        throw new Error(`Stack ${stack} could not be opened: ${commandMessage(error)}`);
    }
}

/**
 * Lets programs and policy packs in Node.js 22 or later keep compiled code between updates, where `module.enableCompileCache()`
 * would: a fifth of the processor time of a preview. Node.js 20 ignores it.
 */
export function compileCache({ NODE_COMPILE_CACHE }: NodeJS.ProcessEnv): Record<string, string> {
    if (NODE_COMPILE_CACHE !== undefined) return {};
    return { NODE_COMPILE_CACHE: path.join(tmpdir(), "node-compile-cache") };
}

class PulumiEngine implements Engine {
    private readonly file: StackFile;
    /** The backend's message about the lock. */
    private refusal = "";
    /** The rollout whose driver had the turn. */
    private holder: string | undefined;
    /** Set by the first `config`. */
    private rollout: RolloutTarget | undefined;
    private others: readonly RolloutTarget[] = [];
    /** The stack's config with what it inherits: from environments, and from Pulumi.yaml. */
    private merged: Readonly<Record<string, ConfigText>> = {};
    private readonly program = new ProgramWeights();

    constructor(
        private readonly stack: Stack,
        private readonly options: EngineOptions,
        private readonly abortFile: string,
    ) {
        this.file = new StackFile(options.directory, options.stack);
    }

    async config() {
        const { stack, choose = async (all) => selectRollout(all, undefined, stack) } =
            this.options;
        const read = Promise.all([this.stack.getAllConfig(), this.rollouts()]);
        const [values, rollouts] = await read.catch((error: unknown) => {
            throw new Error(`Stack ${stack} could not be read: ${commandMessage(error)}`);
        });
        const chosen = rollouts.find(({ urn }) => urn === this.rollout?.urn);
        const rollout = chosen ?? (await choose(rollouts));
        this.merged = values;
        this.rollout = rollout;
        this.others = rollouts.filter(({ urn }) => urn !== rollout.urn);
        return readConfig(values, rollout, this.others);
    }

    async configuredWeight(): Promise<number> {
        const { weightKey, weight } = this.rollout ?? (await this.config()).rollout;
        if (weightKey === undefined) return weight;
        const text = (await this.file.get(weightKey)) ?? this.merged[weightKey]?.value;
        return text === undefined ? 0 : Number(text);
    }

    async setConfig(values: Readonly<Record<string, string | number>>): Promise<void> {
        const { name, weightKey } = this.rollout ?? (await this.config()).rollout;
        if (weightKey === undefined) throw new Error(noWeightKey(name));
        const namespace = weightKey.slice(0, weightKey.lastIndexOf(":"));
        const named = Object.entries(values).map(([key, value]) => [
            key === "weight" ? weightKey : `${namespace}:${key}`,
            value,
        ]);
        await this.file.set(Object.fromEntries(named));
        this.program.expect(this.rollout, values);
    }

    private async rollouts(): Promise<RolloutTarget[]> {
        return rolloutsIn((await this.stack.exportStack()).deployment);
    }

    async preview(signal?: AbortSignal): Promise<EngineResult> {
        const { policyPack } = this.options;
        const result = await this.inTurn((configFile) => {
            this.program.clear();
            return this.run(signal, (options, onEvent) =>
                this.stack.preview({
                    ...options,
                    ...configFile,
                    policyPacks: [policyPack],
                    onEvent: (event) => {
                        onEvent(event);
                        this.program.read(event);
                    },
                }),
            );
        });
        const reason = result.ok ? this.program.difference() : undefined;
        if (reason === undefined) return result;
        return { ok: false, why: "refused", reason, seconds: result.seconds };
    }

    update(signal?: AbortSignal, refresh = false): Promise<EngineResult> {
        // Without events: if the driver is killed, the update would wait for their reader and keep the stack's lock.
        return this.inTurn((configFile) =>
            this.run(signal, (options) => this.stack.up({ ...options, ...configFile, refresh })),
        );
    }

    async busy(): Promise<string | undefined> {
        if (this.others.length === 0) return undefined;
        const holder = await turnHolder(this.journals);
        return holder === undefined ? undefined : waitsText(holder);
    }

    private get journals(): string {
        const { directory, stack } = this.options;
        return journalFolder({ project: directory, stack });
    }

    /** Runs the engine when no other driver of this stack does, with the other rollouts at their last weights. */
    private async inTurn(
        work: (configFile: { configFile?: string }) => Promise<EngineResult>,
    ): Promise<EngineResult> {
        if (this.rollout === undefined || this.others.length === 0) return work({});
        const turn = await takeTurn(this.journals, this.rollout.name);
        if (!turn.taken) {
            this.holder = turn.holder;
            return { ok: false, why: "locked", reason: waitsText(turn.holder), seconds: 0 };
        }
        try {
            const { urn } = this.rollout;
            const others = (await this.rollouts()).filter((one) => one.urn !== urn);
            const inherited = (key: string) => this.merged[key]?.value;
            const pinned = await pinOtherWeights(this.file, others, inherited);
            return await work({ configFile: pinned.file }).finally(pinned.remove);
        } catch (error) {
            return { ok: false, why: "failed", reason: commandMessage(error), seconds: 0 };
        } finally {
            await turn.release();
        }
    }

    async unlock() {
        if (this.holder !== undefined) {
            const reason = waitsText(this.holder);
            this.holder = undefined;
            return { cleared: false, reason };
        }
        const holders = holdersIn(this.refusal);
        const { hostEnded = unknownHosts } = this.options;
        const ended = new Set<string>();
        for (const { host } of holders) if (await hostEnded(host)) ended.add(host);
        const { clear, reason } = lockVerdict(holders, thisHost(), processAlive, ended);
        const files = holders.flatMap(({ file }) => file ?? []);
        if (clear && files.length === holders.length) {
            // Only these files: `pulumi cancel` would also clear a lock that was taken since.
            for (const file of files) await rm(file, { force: true });
        } else if (clear) await this.stack.cancel();
        this.refusal = "";
        return { cleared: clear, reason };
    }

    private async run(
        signal: AbortSignal | undefined,
        work: (options: CommandOptions, onEvent: (event: EngineEvent) => void) => Promise<unknown>,
    ): Promise<EngineResult> {
        const started = performance.now();
        const seconds = () => (performance.now() - started) / 1_000;
        const log = new EngineLog();
        const abort = this.abortable(signal);
        try {
            const { onOutput, onError } = log;
            await work({ color: "never", onOutput, onError, signal: abort.signal }, log.onEvent);
            return { ok: true, seconds: seconds(), notes: log.advisory };
        } catch (error) {
            return { ok: false, seconds: seconds(), ...this.failure(error, log) };
        } finally {
            abort.end();
        }
    }

    private failure(error: unknown, log: EngineLog) {
        const { ConcurrentUpdateError } = loadAutomation();
        if (error instanceof ConcurrentUpdateError) {
            this.refusal = log.stderr || error.message;
            const [holder] = holdersIn(this.refusal);
            const by = holder ? ` by ${holder.user}@${holder.host} (pid ${holder.pid})` : "";
            return { why: "locked", reason: `the stack is locked${by}` } as const;
        }
        return classifyFailure({
            violations: log.mandatory,
            errors: log.errors,
            text: log.diagnostics || commandMessage(error),
        });
    }

    /** Marks an abort for the launcher before the Automation API sends its SIGINT. */
    private abortable(signal: AbortSignal | undefined) {
        const controller = new AbortController();
        const abort = () => {
            writeFileSync(this.abortFile, "");
            controller.abort();
        };
        signal?.addEventListener("abort", abort, { once: true });
        if (signal?.aborted) abort();
        const end = () => {
            signal?.removeEventListener("abort", abort);
            rmSync(this.abortFile, { force: true });
        };
        return { signal: controller.signal, end };
    }
}

function waitsText(holder: string): string {
    return `waits for the driver of ${holder}, which updates the same stack`;
}

interface CommandOptions {
    readonly color: "never";
    readonly onOutput: (text: string) => void;
    readonly onError: (text: string) => void;
    readonly signal: AbortSignal;
}

/** The output of one preview or update. */
class EngineLog {
    readonly mandatory: string[] = [];
    readonly advisory: string[] = [];
    readonly errors: string[] = [];
    stdout = "";
    stderr = "";

    readonly onOutput = (text: string): void => {
        this.stdout += text;
    };
    readonly onError = (text: string): void => {
        this.stderr += text;
    };
    readonly onEvent = ({ policyEvent, diagnosticEvent }: EngineEvent): void => {
        if (policyEvent !== undefined) {
            const { policyName, message, enforcementLevel } = policyEvent;
            const list = enforcementLevel === "mandatory" ? this.mandatory : this.advisory;
            list.push(`${policyName}: ${withoutColours(message)}`);
        }
        if (diagnosticEvent?.severity === "error") {
            const { message, urn } = diagnosticEvent;
            this.errors.push(explainConflicts(withoutColours(message), urn));
        }
    };

    get diagnostics(): string {
        return diagnosticsIn(this.stdout, this.stderr);
    }
}

/** The stderr in the message of a CommandError; the whole message if it has none. */
function commandMessage(error: unknown): string {
    const text = error instanceof Error ? error.message.trim() : String(error);
    const [, stderr = ""] = /\n stderr: (.*?)(?:\n err\??: .*)?$/s.exec(text) ?? [];
    return stderr.replace(/^Command failed with exit code .*\n/, "").trim() || text;
}

/** Removes the engine's colour tags. */
function withoutColours(message: string): string {
    return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}
