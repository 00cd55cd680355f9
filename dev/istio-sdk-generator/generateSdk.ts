// Regenerates sdks/kubernetes-istio from the CRDs of the pinned Istio. With `--check`, only reports differences.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKOUT, TSC } from "../checkout";
import { findDrift, listSources, replaceSources } from "./sources";

const sdk = join(CHECKOUT, "sdks", "kubernetes-istio");
const generator = join(CHECKOUT, "dev", "istio-sdk-generator", "generator");
/** The module that pins the sandbox's istiod; its go.sum verifies the download. */
const istioPin = join(CHECKOUT, "dev", "sandbox", "toolchain", "istio");

/** An error that is printed without a stack trace. */
class Failure extends Error {}

/** Runs a command in a folder and returns its stdout; its stderr goes to the terminal. */
function run(folder: string, command: string, args: string[], hint = ""): string {
    const result = spawnSync(command, args, {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        // GOWORK: a workspace around the checkout must not change the pinned versions.
        // GOGC: fewer garbage collections make the first build a fifth faster.
        env: { CGO_ENABLED: "0", GOGC: "400", ...process.env, GOWORK: "off" },
    });
    if (result.error) {
        throw new Failure(
            `\`${command}\` could not be started: ${result.error.message}. ${hint}`.trim(),
        );
    }
    if (result.status !== 0) {
        process.stderr.write(result.stdout);
        throw new Failure(`\`${command} ${args.join(" ")}\` failed in ${folder}.`);
    }
    return result.stdout;
}

function go(folder: string, args: string[]): string {
    const hint =
        "The SDK generator is a Go program: install Go 1.26 or later from https://go.dev/dl.";
    return run(folder, "go", args, hint);
}

/** Generates the SDK for the pinned Istio and @pulumi/kubernetes into an empty folder. */
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

function check(generated: string): void {
    const drift = findDrift(generated, sdk);
    if (drift.length > 0) {
        throw new Failure(
            "sdks/kubernetes-istio is out of date with the pinned Istio:\n" +
                drift.map((line) => `  sdks/kubernetes-istio/${line}\n`).join("") +
                "Run `npm run sdk:generate` and commit the changes.",
        );
    }
    console.log(`sdks/kubernetes-istio: ${listSources(sdk).length} files, all up to date`);
}

function replace(generated: string): void {
    replaceSources(generated, sdk);
    run(CHECKOUT, process.execPath, [TSC, "-p", sdk]);
    console.log(`sdks/kubernetes-istio: ${listSources(sdk).length} files generated and compiled`);
}

const generated = mkdtempSync(join(tmpdir(), "kubernetes-istio-"));
try {
    generateInto(generated);
    (process.argv.includes("--check") ? check : replace)(generated);
} catch (error) {
    if (!(error instanceof Failure)) {
        throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
} finally {
    rmSync(generated, { recursive: true });
}
