// A rollout in a program that is only YAML: the engine creates the component through the provider plugin.
import assert from "node:assert/strict";
import path from "node:path";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import type { Target } from "../../../dev/sandbox/demo/target";
import { type Program, testProgram } from "../harness/program";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-yaml";
const PACK = ["--policy-pack", path.join(CHECKOUT, "policy")];

describe("a rollout in a Pulumi YAML program", () => {
    let target: Target;
    let program: Program;

    before(async () => {
        target = await sandboxTarget(false);
        program = await testProgram(target, "yamlRollout");
        succeeded(await program.up());
    });

    after(async () => {
        await program?.remove();
    });

    it("splits requests by the weight in the stack's config", async () => {
        assert.deepEqual(await weights(), [100, 0]);
        await program.configure({ weight: "10" });
        const { output } = succeeded(await program.up(...PACK));
        assert.match(output, /weight: 0 => 10/);
        assert.deepEqual(await weights(), [90, 10]);
    });

    it("refuses in preview a weight that skips a phase, which the pack knows from the previous update", async () => {
        await program.configure({ weight: "50" });
        const { exitCode, output } = await program.preview(...PACK);
        assert.notEqual(exitCode, 0, output);
        assert.match(output, /\[mandatory\] +weight-step/);
        assert.match(output, /expected at most 25/);
    });

    it("refuses invalid arguments with every problem", async () => {
        await program.configure({ weight: "101", image: "" });
        const { exitCode, output } = await program.preview();
        assert.notEqual(exitCode, 0, output);
        assert.match(output, /CanaryRollout web has 3 problems\. Nothing was changed\./);
        assert.match(output, /weight: expected an integer from 0 to 100, got 101\./);
        for (const slot of ["v1", "v2"])
            assert.match(output, new RegExp(`versions\\.${slot}\\.image: `));
        assert.deepEqual(await weights(), [90, 10]);
    });

    it("rolls back", async () => {
        await program.configure({ weight: "0", image: "sandbox/fortio:1.68.1" });
        succeeded(await program.up());
        assert.deepEqual(await weights(), [100, 0]);
    });

    /** The weights of v1 and v2 in the cluster's VirtualService. */
    async function weights(): Promise<number[]> {
        const { stdout } = await target.kubectl([
            ...["get", "virtualservice", "web", "-n", namespace, "-o", "json"],
        ]);
        const routes = JSON.parse(stdout).spec.http.at(-1).route as {
            weight?: number;
            destination: { subset: string };
        }[];
        return ["v1", "v2"].map((slot) => {
            const found = routes.find(({ destination }) => destination.subset === slot);
            return found === undefined ? 0 : (found.weight ?? 100);
        });
    }
});
