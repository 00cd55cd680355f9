// Runs a user's command inside the sandbox's namespaces.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Layout } from "../layout";
import { partCgroup } from "../node/cgroups";
import { insideNamespaces } from "../node/namespaces";
import { insideEnvironment } from "../shellEnvironment";
import type { SandboxState } from "../state";

/** The command's exit code; 128 + the signal's number if a signal ended it, as in a shell. */
export function execInside(
    layout: Layout,
    ports: SandboxState["ports"],
    command: readonly string[],
): Promise<number> {
    // Restores the working directory, which entering a mount namespace changes. Runs in the sandbox's cgroup, so that `down` ends it too.
    const child = spawn(
        "sh",
        [
            ...["-c", 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"', "sh"],
            partCgroup(layout.id, "exec"),
            ...insideNamespaces(layout),
            ...["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", process.cwd()],
            ...command,
        ],
        { stdio: "inherit", env: insideEnvironment(layout, ports) },
    );
    // The terminal sends Ctrl-C to the command too, which decides how to handle it.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code, signal) => {
            process.off("SIGINT", ignore);
            resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]);
        });
    });
}
