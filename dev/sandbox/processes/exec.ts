// Runs a command of the user's inside the sandbox's namespaces.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { insideEnvironment } from "../environment";
import type { Layout } from "../layout";
import { partCgroup } from "../node/cgroups";
import { insideNamespaces } from "../node/namespaces";
import type { SandboxState } from "../state";

/** Its exit code; 128 and the signal's number if one ended it, as in a shell. */
export function execInside(
    layout: Layout,
    ports: SandboxState["ports"],
    command: readonly string[],
): Promise<number> {
    // Entering a mount namespace changes the working folder. In the sandbox's cgroup, so that `down` ends it too.
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
    // Ctrl-C reaches the command by itself; what it makes of it is its own business.
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
