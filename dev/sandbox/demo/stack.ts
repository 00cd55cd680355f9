// A stack of this checkout beside the user's own, updated with the same commands that a user runs.
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { type ExecaError, execa } from "execa";
import { parse, stringify } from "yaml";
import { CHECKOUT } from "../../checkout";
import { interruptible } from "./interruptible";
import type { Target } from "./target";

export interface Update {
    readonly exitCode: number;
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
    readonly seconds: number;
    /** Pulumi's output. */
    readonly output: string;
}

export interface StackOptions {
    /** Its config is the git-ignored Pulumi.<name>.yaml in the checkout. */
    readonly name: string;
    readonly namespace: string;
}

/** The config that the demo edits; keys without the project's name. */
export interface StackConfig {
    namespace: string;
    weight: number;
    versions: Record<"v1" | "v2", { image: string; args?: string[]; [key: string]: unknown }>;
    [key: string]: unknown;
}

/** Flags for a preview that rejects unsafe changes. */
export const withPack: readonly string[] = ["--policy-pack", "policy"];

/** Flags for a rollback, which no rule refuses and which must be fast. */
export const withoutPreview: readonly string[] = ["--skip-preview"];

export class Stack {
    private readonly configFile: string;
    private created = false;

    constructor(
        private readonly target: Target,
        private readonly options: StackOptions,
    ) {
        this.configFile = path.join(CHECKOUT, `Pulumi.${options.name}.yaml`);
    }

    /** Copies Pulumi.dev.yaml for another namespace, at weight 0, and creates the stack. */
    async init(): Promise<void> {
        await copyFile(path.join(CHECKOUT, "Pulumi.dev.yaml"), this.configFile);
        await this.edit((config) => {
            config.namespace = this.options.namespace;
            config.weight = 0;
            if (this.target.context !== undefined) {
                config["kubernetes:context"] = this.target.context;
            }
        });
        await this.create();
        this.created = true;
    }

    /** Creates the stack, or reuses the stack of a killed run after removing its lock. */
    private async create(): Promise<void> {
        try {
            await this.pulumi(["stack", "init", "--no-select"]);
        } catch (error) {
            if (!/already exists|currently locked/.test((error as ExecaError).stderr)) {
                throw error;
            }
            await this.pulumi(["cancel", "--yes"]);
        }
    }

    /** Edits the config file as a user would in an editor. */
    async edit(change: (config: StackConfig) => void): Promise<void> {
        const file = parse(await readFile(this.configFile, "utf8"));
        const config: Record<string, unknown> = {};
        for (const [key, value] of Object.entries(file.config)) {
            config[key.replace(/^istio-canary:/, "")] = value;
        }
        change(config as unknown as StackConfig);
        const entries = Object.entries(config);
        file.config = Object.fromEntries(
            entries.map(([key, value]) => [key.includes(":") ? key : `istio-canary:${key}`, value]),
        );
        // No folded blocks: pulumi rewrites the file on each `config set` and adds lines to folded ones.
        await writeFile(this.configFile, stringify(file, { lineWidth: 0 }));
    }

    /** Runs `pulumi config set KEY VALUE`. */
    async set(key: string, value: string | number): Promise<void> {
        await this.pulumi(["config", "set", key, String(value)]);
    }

    /** Runs `pulumi config set --secret --path PATH VALUE`. */
    async setSecret(path: string, value: string): Promise<void> {
        await this.pulumi(["config", "set", "--secret", "--path", path, value]);
    }

    /** The stack's state, as JSON text. */
    async state(): Promise<string> {
        const args = ["stack", "export", ...this.stackFlags()];
        const options = { cwd: CHECKOUT, env: this.target.env, stdin: "ignore" } as const;
        return (await execa(this.target.pulumiFile, args, options)).stdout;
    }

    /** Replaces the stack's state, with JSON text as `state` returns it. */
    async importState(text: string): Promise<void> {
        const args = ["stack", "import", ...this.stackFlags()];
        await execa(this.target.pulumiFile, args, {
            cwd: CHECKOUT,
            env: this.target.env,
            input: text,
        });
    }

    /** Runs `pulumi up`, by default with a preview and the policy pack. Does not throw if it fails: check `exitCode`. */
    async up(signal?: AbortSignal, flags: readonly string[] = withPack): Promise<Update> {
        return this.timed(["up", ...flags, "--yes", "--non-interactive"], signal);
    }

    /** Runs `pulumi preview` with the policy pack. */
    async preview(): Promise<Update> {
        return this.timed(["preview", ...withPack, "--non-interactive"]);
    }

    /** Destroys the stack's resources and removes it. If the whole target is disposable, only deletes the config file. */
    async remove(): Promise<void> {
        if (this.target.disposable || !this.created) {
            await rm(this.configFile, { force: true });
            return;
        }
        await this.pulumi(["destroy", "--yes", "--non-interactive"]);
        // Removing any stack deselects the user's.
        const options = {
            cwd: CHECKOUT,
            env: this.target.env,
            reject: false,
            stdin: "ignore",
        } as const;
        const selected = await execa(this.target.pulumiFile, ["stack", "--show-name"], options);
        await this.pulumi(["stack", "rm", "--yes"]);
        if (selected.exitCode === 0) {
            await execa(this.target.pulumiFile, ["stack", "select", selected.stdout], options);
        }
    }

    /** Deletes the stack and its namespace, without waiting for Pulumi or for the pods to end. What it has elsewhere stays. */
    async discard(): Promise<void> {
        const namespace = ["namespace", this.options.namespace, "--ignore-not-found"];
        await this.target.kubectl(["delete", ...namespace, "--wait=false"]);
        await this.pulumi(["stack", "rm", "--force", "--yes"]);
    }

    private async timed(args: string[], signal?: AbortSignal): Promise<Update> {
        const startedAt = Date.now();
        const result = await interruptible(
            this.target.pulumiFile,
            [...args, ...this.stackFlags()],
            { cwd: CHECKOUT, env: this.target.env, all: true, stdin: "ignore" },
            signal,
        );
        return {
            exitCode: result.exitCode,
            startedAt,
            seconds: (Date.now() - startedAt) / 1000,
            output: result.all ?? "",
        };
    }

    private stackFlags(): string[] {
        return ["--stack", this.options.name];
    }

    private async pulumi(args: string[]): Promise<void> {
        await execa(this.target.pulumiFile, [...args, ...this.stackFlags()], {
            cwd: CHECKOUT,
            env: this.target.env,
            stdin: "ignore",
        });
    }
}
