// A stack of this project beside the user's own, updated by the same commands that a user types.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
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
    /** Its config is Pulumi.<name>.yaml in the project, which git ignores. */
    readonly name: string;
    readonly namespace: string;
    /** Changes to the sandbox's own configuration (Pulumi.dev.yaml), by key without the project's name. */
    readonly config?: Readonly<Record<string, unknown>>;
}

const project = path.join(__dirname, "..", "..");

export class Stack {
    private readonly configFile: string;

    constructor(
        private readonly target: Target,
        private readonly options: StackOptions,
    ) {
        this.configFile = path.join(project, `Pulumi.${options.name}.yaml`);
    }

    /** Writes the config file, from Pulumi.dev.yaml and the options, and creates the stack. */
    async init(): Promise<void> {
        const dev = parse(await readFile(path.join(project, "Pulumi.dev.yaml"), "utf8"));
        const own = { namespace: this.options.namespace, weight: 0, ...this.options.config };
        for (const [key, value] of Object.entries(own)) {
            dev.config[`istio-canary:${key}`] = value;
        }
        if (this.target.context !== undefined) {
            dev.config["kubernetes:context"] = this.target.context;
        }
        await writeFile(this.configFile, stringify(dev));
        await this.pulumi(["stack", "init", "--no-select"]);
    }

    /** `pulumi config set KEY VALUE`; with `path`, KEY is a path into a structure. */
    async set(key: string, value: string | number, path = false): Promise<void> {
        const flags = path ? ["--path"] : [];
        await this.pulumi(["config", "set", ...flags, key, String(value)]);
    }

    /** `pulumi up` with the policy pack; its exit code is for the caller to judge. */
    async up(signal?: AbortSignal): Promise<Update> {
        const args = ["up", "--policy-pack", "policy", "--yes", "--non-interactive"];
        return this.timed(args, signal);
    }

    /** `pulumi preview` with the policy pack. */
    async preview(): Promise<Update> {
        return this.timed(["preview", "--policy-pack", "policy", "--non-interactive"]);
    }

    /** Destroys what the stack made and forgets it. */
    async remove(): Promise<void> {
        await this.pulumi(["destroy", "--yes", "--non-interactive"]);
        await this.pulumi(["stack", "rm", "--yes"]);
    }

    private async timed(args: string[], signal?: AbortSignal): Promise<Update> {
        const startedAt = Date.now();
        const result = await execa(this.target.pulumiFile, [...args, ...this.stackFlags()], {
            cwd: project,
            env: this.target.env,
            all: true,
            reject: false,
            stdin: "ignore",
            signal,
        });
        signal?.throwIfAborted();
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
            cwd: project,
            env: this.target.env,
            stdin: "ignore",
        });
    }
}
