// Installs the node's Debian packages: container runtime, CNI plugins, packet filters.
import { writeFile } from "node:fs/promises";
import { execa } from "execa";
import type { BuildProgress } from "./buildProgress";

/** Installs `packages` without starting their services, such as containerd's. @throws Error with the last lines of the log. */
export async function installDebianPackages(
    packages: readonly string[],
    log: string,
    progress: BuildProgress,
): Promise<void> {
    const step = progress.step(`Debian: ${packages.length} packages`, 1, 1, log);
    let output = "";
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
        const result = await execa("apt-get", args, {
            env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
            all: true,
            reject: false,
            stdin: "ignore",
        });
        output += `$ apt-get ${args.join(" ")}\n${result.all}\n`;
        await writeFile(log, output);
        if (result.failed) {
            step.done("failed after");
            const tail = output.split("\n").slice(-15).join("\n");
            throw new Error(
                `apt-get ${args[0]} exited with code ${result.exitCode}\n${tail}\n` +
                    `Install the packages yourself: apt-get install ${packages.join(" ")}`,
            );
        }
    }
    step.done("installed in");
}
