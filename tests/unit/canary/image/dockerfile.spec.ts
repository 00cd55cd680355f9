// Compares the driver's Dockerfile with the checkout. tests/scenarios/inCluster.spec.ts runs its steps.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";
import { stagesOf } from "../../../fixtures/driver/dockerfile";

const read = (...names: string[]) => readFileSync(path.join(CHECKOUT, ...names), "utf8");

/** Packages that a script loads. */
function requiredBy(script: string): string[] {
    return [...read(script).matchAll(/require\("([^".]+)"\)/g)].flatMap(([, name = ""]) =>
        name.startsWith("node:") ? [] : [name],
    );
}

describe("canary/image/Dockerfile", () => {
    const [pulumi, program, last] = stagesOf(read("canary", "image", "Dockerfile"));
    const ignored = read("canary", "image", "Dockerfile.dockerignore").trimEnd().split("\n");
    const { devDependencies: pinned } = JSON.parse(read("package.json"));

    it("installs the program's pinned versions of Pulumi and its provider", () => {
        assert.equal(pulumi?.from, `pulumi/pulumi-nodejs:${pinned["@pulumi/pulumi"]}`);
        const provider = pinned["@pulumi/kubernetes"];
        const [installed] = pulumi?.steps ?? [];
        assert.equal(installed?.text, `pulumi plugin install resource kubernetes ${provider}`);
        const copied = last?.steps.filter(({ flags }) => flags.from === pulumi?.name) ?? [];
        assert.equal(copied.length, 2);
        assert.ok(copied.some(({ text }) => text.includes(`resource-kubernetes-v${provider}/`)));
    });

    it("keeps no package for development but those that it runs with, at their pinned versions", () => {
        const run = program?.steps.find(({ word }) => word === "RUN")?.text ?? "";
        assert.match(run, /^npm ci && npm prune --omit=dev /);
        const kept = ["tsx", ...requiredBy("bundle.js"), "@pulumi/kubernetes"];
        const named = kept.map((name) => `${name}@${pinned[name]}`).join(" ");
        assert.ok(run.includes(` ${named} && `), run);
    });

    it("starts a file that the image contains, as a user other than root", () => {
        const step = (word: string) => last?.steps.find((one) => one.word === word)?.text ?? "";
        const [, file = ""] = JSON.parse(step("ENTRYPOINT"));
        const inCheckout = path.relative("/app", file);
        assert.ok(existsSync(path.join(CHECKOUT, inCheckout)));
        assert.ok(!ignored.includes(inCheckout.split("/")[0] ?? ""));
        assert.equal(program?.steps.find(({ word }) => word === "WORKDIR")?.text, "/app");
        assert.equal(step("USER"), "node");
    });

    it("contains the program and no state of the checkout", () => {
        for (const name of [".git", ".canary", ".sandbox", "**/node_modules"]) {
            assert.ok(ignored.includes(name), name);
        }
        for (const name of ["Pulumi.yaml", "index.ts", "canary", "components", "policy", "sdks"]) {
            assert.ok(!ignored.includes(name), name);
        }
    });
});
