// Regenerates sdks/kubernetes-istio from the CRDs of the pinned Istio, or (--check) says what differs.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "..");
// The same pin that the sandbox builds istiod from: its go.sum vouches for the download.
const istioPin = join(root, "sandbox", "toolchain", "istio");
const generator = join(root, "sdks", "generator");
const sdk = join(root, "sdks", "kubernetes-istio");

class Failure extends Error {}

/** Runs Go in a folder and returns what it printed; its complaints go to the terminal. */
function go(folder: string, args: string[]): string {
    const run = spawnSync("go", args, {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        // GOWORK: a workspace around the checkout must not change the pinned versions.
        // GOGC: the first build takes a fifth less time for memory that is there.
        env: { CGO_ENABLED: "0", GOGC: "400", ...process.env, GOWORK: "off" },
    });
    if (run.error) {
        throw new Failure(
            `The SDK generator is a Go program and \`go\` could not be run: ${run.error.message}. ` +
                "Install Go 1.26 or later (https://go.dev/dl) and put it on PATH.",
        );
    }
    if (run.status !== 0) {
        throw new Failure(`\`go ${args.slice(0, 2).join(" ")}\` failed in ${folder}`);
    }
    return run.stdout;
}

/** The Istio that the sandbox runs: its version and the file with its CRDs. */
function pinnedIstio(): { version: string; crds: string } {
    const module = JSON.parse(go(istioPin, ["mod", "download", "-json", "istio.io/istio"]));
    return {
        version: module.Version,
        crds: join(module.Dir, "manifests", "charts", "base", "files", "crd-all.gen.yaml"),
    };
}

function main(check: boolean): void {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const istio = pinnedIstio();
    const args = [
        `-crds=${istio.crds}`,
        `-istio=${istio.version}`,
        `-provider=${dependencies["@pulumi/kubernetes"]}`,
        `-out=${sdk}`,
        ...(check ? ["-check"] : []),
    ];
    go(generator, ["run", ".", ...args]);
}

main(process.argv.includes("--check"));
