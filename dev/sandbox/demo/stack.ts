// A stack of this checkout beside the user's own, updated by the same commands that a user types.
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
    /** What pulumi printed. */
    readonly output: string;
}

export interface StackOptions {
    /** Its config is Pulumi.<name>.yaml in the checkout, which git ignores. */
    readonly name: string;
    readonly namespace: string;
}

/** What a config file holds, as far as it is edited here; keys without the project's name. */
export interface StackConfig {
    namespace: string;
    weight: number;
    versions: Record<"v1" | "v2", { image: string; args?: string[]; [key: string]: unknown }>;
    [key: string]: unknown;
}

/** Refuses in the preview what a rule refuses. */
export const withPack: readonly string[] = ["--policy-pack", "policy"];

/** Straight to work: for a rollback, which no rule refuses. */
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

    /** Writes the config file, the sandbox's own (Pulumi.dev.yaml) for another namespace, and creates the stack. */
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

    /** A stack that a killed run left is gone on with, without the lock that it left. */
    private async create(): Promise<void> {
        try {
            await this.pulumi(["stack", "init", "--no-select"]);
        } catch (error) {
            if (!/already exists/.test((error as ExecaError).stderr)) {
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
        // Literal blocks, never folded: pulumi, which rewrites the file at each `config set`, adds lines to those.
        await writeFile(this.configFile, stringify(file, { lineWidth: 0 }));
    }

    /** `pulumi config set KEY VALUE`. */
    async set(key: string, value: string | number): Promise<void> {
        await this.pulumi(["config", "set", key, String(value)]);
    }

    /** `pulumi config set --secret --path PATH VALUE`. */
    async setSecret(path: string, value: string): Promise<void> {
        await this.pulumi(["config", "set", "--secret", "--path", path, value]);
    }

    /** What the stack's state holds, as text. */
    async state(): Promise<string> {
        const args = ["stack", "export", ...this.stackFlags()];
        const options = { cwd: CHECKOUT, env: this.target.env, stdin: "ignore" } as const;
        return (await execa(this.target.pulumiFile, args, options)).stdout;
    }

    /** `pulumi up`, by default previewed with the policy pack; its exit code is for the caller to judge. */
    async up(signal?: AbortSignal, flags: readonly string[] = withPack): Promise<Update> {
        return this.timed(["up", ...flags, "--yes", "--non-interactive"], signal);
    }

    /** `pulumi preview` with the policy pack. */
    async preview(): Promise<Update> {
        return this.timed(["preview", ...withPack, "--non-interactive"]);
    }

    /** Destroys what the stack made and forgets it; where the whole target goes away, it is only the config file that stays behind. */
    async remove(): Promise<void> {
        if (this.target.disposable || !this.created) {
            await rm(this.configFile, { force: true });
            return;
        }
        await this.pulumi(["destroy", "--yes", "--non-interactive"]);
        // Removing any stack unselects the user's.
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
