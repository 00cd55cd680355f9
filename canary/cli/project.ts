// The rollout config of a stack, for commands that change nothing: read by pulumi, as the program itself reads it.
import path from "node:path";
import { type ExecaError, execa } from "execa";
import type { RolloutConfig } from "../../rollout/config/rolloutConfig";
import { readStackConfig } from "../../rollout/config/stackValues";

const PROJECT = "istio-canary";
/** Where Pulumi.yaml is. */
export const PROJECT_DIRECTORY = path.join(__dirname, "..", "..");

/** @throws Error when pulumi cannot be run or knows no such stack; ConfigError when its config is wrong. */
export async function stackConfigOf(stack: string | undefined): Promise<RolloutConfig> {
    const { values, secretKeys } = textsIn(await configJson(stack));
    return readStackConfig(values, PROJECT, secretKeys);
}

/** @throws Error when pulumi cannot be run or no stack is selected. */
export async function selectedStack(): Promise<string> {
    const name = await pulumi("The selected stack", ["stack", "--show-name"]);
    return name.trim();
}

function configJson(stack: string | undefined): Promise<string> {
    const chosen = stack === undefined ? [] : ["--stack", stack];
    return pulumi("The stack's config", ["config", "--json", ...chosen]);
}

async function pulumi(what: string, args: readonly string[]): Promise<string> {
    try {
        const all = [...args, "--non-interactive"];
        return (await execa("pulumi", all, { cwd: PROJECT_DIRECTORY, stdin: "ignore" })).stdout;
    } catch (error) {
        const { code, stderr, message } = error as ExecaError & { code?: string };
        if (code === "ENOENT") {
            throw new Error(
                'pulumi is not in PATH. With the sandbox: eval "$(npx istio-canary sandbox env)"',
            );
        }
        throw new Error(`${what} could not be read: ${stderr?.trim() || message}`);
    }
}

interface ConfigValue {
    readonly value?: string;
    readonly secret?: boolean;
}

/** What `pulumi config --json` prints, as the engine hands it to a program; a secret's value is not there. */
export function textsIn(json: string) {
    const all = Object.entries(JSON.parse(json) as Record<string, ConfigValue>);
    return {
        values: Object.fromEntries(all.map(([key, { value = "" }]) => [key, value])),
        secretKeys: all.filter(([, { secret }]) => secret).map(([key]) => key),
    };
}
