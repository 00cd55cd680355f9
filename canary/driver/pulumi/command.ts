/** The `pulumi` on PATH for the Automation API, and the diagnostics in its output. */
import path from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { errorMessage } from "../../analysis/text";

/** The Automation API runs `bin/pulumi` in this folder, which runs the `pulumi` on PATH. */
const LAUNCHER = path.join(__dirname, "launcher");

/** @throws Error if pulumi is not on PATH. */
export async function pulumiCommand(): Promise<PulumiCommand> {
    const { PulumiCommand }: typeof import("@pulumi/pulumi/automation") =
        require("@pulumi/pulumi/automation");
    try {
        return await PulumiCommand.get({ root: LAUNCHER, skipVersionCheck: true });
    } catch (error) {
        const message = errorMessage(error);
        throw new Error(
            `\`pulumi\` could not be run: ${message}. With the sandbox, first run \`eval "$(npx istio-canary sandbox env)"\`.`,
        );
    }
}

/** Pulumi's diagnostics, without its progress and the sections after them. */
export function diagnosticsIn(stdout: string, stderr: string): string {
    const [, after] = stdout.split(/^Diagnostics:$/m);
    const diagnostics = after?.split(/^(?:Policies|Outputs|Resources|Duration):/m)[0];
    return diagnostics?.trim() || stderr.trim() || stdout.trim();
}
