// Regenerates sdks/kubernetes-istio from the CRDs of the pinned Istio; --check only says what differs.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKOUT } from "../checkout";
import { findDrift, listSources, replaceSources } from "./sources";

const sdk = join(CHECKOUT, "sdks", "kubernetes-istio");
const generator = join(CHECKOUT, "dev", "istio-sdk-generator", "generator");
/** The pin that the sandbox builds istiod from; its go.sum vouches for the download. */
const istioPin = join(CHECKOUT, "dev", "sandbox", "toolchain", "istio");

/** A message for the user, without a stack. */
class Failure extends Error {}

/** Runs a command in a folder and returns what it printed; its complaints go to the terminal. */
function run(folder: string, command: string, args: string[], hint = ""): string {
    const result = spawnSync(command, args, {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        // GOWORK: a workspace around the checkout must not change the pinned versions.
        // GOGC: the first build takes a fifth less time for memory that is there.
        env: { CGO_ENABLED: "0", GOGC: "400", ...process.env, GOWORK: "off" },
    });
    if (result.error) {
        throw new Failure(`could not run \`${command}\`: ${result.error.message}. ${hint}`.trim());
    }
    if (result.status !== 0) {
        process.stderr.write(result.stdout);
        throw new Failure(`\`${command} ${args.join(" ")}\` failed in ${folder}`);
    }
    return result.stdout;
}

function go(folder: string, args: string[]): string {
    const hint = "The SDK generator is a Go program: install Go 1.26 or later, https://go.dev/dl";
    return run(folder, "go", args, hint);
}

/** Makes the SDK of the pinned Istio and the installed @pulumi/kubernetes in an empty folder. */
function generateInto(folder: string): void {
    const { devDependencies } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8"));
    const istio = JSON.parse(go(istioPin, ["mod", "download", "-json", "istio.io/istio"]));
    const crds = join(istio.Dir, "manifests", "charts", "base", "files", "crd-all.gen.yaml");
    go(generator, [
        "run",
        ".",
        `-crds=${crds}`,
        `-istio=${istio.Version}`,
        `-provider=${devDependencies["@pulumi/kubernetes"]}`,
        `-out=${folder}`,
    ]);
}

function check(made: string): void {
    const drift = findDrift(made, sdk);
    if (drift.length > 0) {
        throw new Failure(
            "sdks/kubernetes-istio is not what the generator makes of the pinned Istio:\n" +
                drift.map((line) => `  sdks/kubernetes-istio/${line}\n`).join("") +
                "Run `npm run sdk:generate` and commit what it changes.",
        );
    }
    console.log(
        `sdks/kubernetes-istio: ${listSources(sdk).length} files, as the generator makes them`,
    );
}

function replace(made: string): void {
    replaceSources(made, sdk);
    run(CHECKOUT, process.execPath, [require.resolve("typescript/bin/tsc"), "-p", sdk]);
    console.log(`sdks/kubernetes-istio: ${listSources(sdk).length} files generated and compiled`);
}

const made = mkdtempSync(join(tmpdir(), "kubernetes-istio-"));
try {
    generateInto(made);
    (process.argv.includes("--check") ? check : replace)(made);
} catch (error) {
    if (!(error instanceof Failure)) {
        throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
} finally {
    rmSync(made, { recursive: true });
}
