// The Pulumi project and stack of a command.
import path from "node:path";
import { type ExecaError, execa } from "execa";
import type { RolloutTarget } from "../analysis/config/rolloutTarget";
import { projectFile } from "../driver/pulumi/projectFile";
import { rolloutsIn } from "../driver/pulumi/stackState";
import { chooseRollout } from "./chooseRollout";
import type { RolloutFlags } from "./stackCommand";

/** This tool's policy pack: TypeScript in a checkout, compiled JavaScript in a package. */
export const POLICY_PACK = path.join(__dirname, "..", "..", "policy");

export interface Project {
    /** Folder of Pulumi.yaml. */
    readonly directory: string;
    readonly stack: string;
    /** The stack that the user has selected, if another one. */
    readonly selected?: string;
}

/**
 * The project of the working directory, or of the nearest parent folder with a Pulumi.yaml.
 * @param stackOption default: PULUMI_STACK, or the selected stack.
 * @throws Error if there is no project, or no stack.
 */
export async function findProject(stackOption: string | undefined): Promise<Project> {
    const directory = projectDirectory(process.cwd());
    const chosen = stackOption ?? (process.env.PULUMI_STACK || undefined);
    const selected = await selectedStack(directory).catch((error: unknown) => {
        if (chosen === undefined) throw error;
        return undefined;
    });
    const stack = chosen ?? selected;
    if (stack === undefined)
        throw new Error("No stack is selected. Run `pulumi stack select`, or pass --stack.");
    return selected === undefined ? { directory, stack } : { directory, stack, selected };
}

function projectDirectory(from: string): string {
    for (let folder = from; ; folder = path.dirname(folder)) {
        if (projectFile(folder) !== undefined) return folder;
        if (folder === path.dirname(folder)) {
            throw new Error(
                `${from} is not in a Pulumi project: neither it nor a parent folder has a Pulumi.yaml. Change to the project's folder, or pass --cwd.`,
            );
        }
    }
}

/** The rollout that the flags name, or the stack's only one, without secrets. @throws NotSelected */
export async function readTarget(flags: RolloutFlags): Promise<RolloutTarget> {
    const { directory, stack } = await findProject(flags.stack);
    return chooseRollout(await readTargets(directory, stack), flags.rollout, stack);
}

/** All rollouts of a stack. */
export async function readTargets(directory: string, stack: string): Promise<RolloutTarget[]> {
    const json = await pulumi(directory, `Stack ${stack}`, ["stack", "export", "--stack", stack]);
    return rolloutsIn(JSON.parse(json).deployment);
}

async function selectedStack(directory: string): Promise<string> {
    const args = ["stack", "--show-name"];
    return (await pulumi(directory, "The selected stack", args)).trim();
}

async function pulumi(cwd: string, what: string, args: readonly string[]): Promise<string> {
    try {
        const all = [...args, "--non-interactive"];
        return (await execa("pulumi", all, { cwd, stdin: "ignore" })).stdout;
    } catch (error) {
        const { code, stderr, message } = error as ExecaError & { code?: string };
        if (code === "ENOENT") {
            throw new Error(
                '`pulumi` is not on PATH. With the sandbox, first run `eval "$(npx istio-canary sandbox env)"`.',
            );
        }
        throw new Error(`${what} could not be read: ${stderr?.trim() || message}`);
    }
}
