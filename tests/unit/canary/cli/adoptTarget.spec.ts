import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openFiles, parseTarget } from "../../../../canary/cli/adopt/adoptTarget";

describe("parseTarget", () => {
    for (const [written, kind] of [
        ["web", "deployment"],
        ["deployments.apps/web", "deployment"],
        ["canary/web", "canary"],
        ["canaries.flagger.app/web", "canary"],
        ["rollout/web", "rollout"],
        ["rollouts.argoproj.io/web", "rollout"],
    ] as const) {
        it(`reads ${written}`, () => {
            assert.deepEqual(parseTarget(written), { kind, name: "web" });
        });
    }

    it("rejects other objects", () => {
        assert.throws(() => parseTarget("service/web"), /got service\/web\.$/);
    });
});

describe("openFiles", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "adopt-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const written = (text: string) => {
        const file = path.join(folder, "objects.yaml");
        writeFileSync(file, text);
        return [file];
    };
    const canary = (name: string) =>
        `apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: ${name}}\nspec: {}\n`;

    it("finds the only Canary, and puts it into the namespace of the command", async () => {
        const { target, cluster } = await openFiles(written(canary("web")), undefined, "shop");
        assert.deepEqual(target, { kind: "canary", name: "web", namespace: "shop" });
        const resource = { group: "flagger.app", version: "v1beta1", plural: "canaries" };
        assert.ok(await cluster.read(resource, "shop", "web"));
        assert.equal(await cluster.read(resource, "other", "web"), undefined);
    });

    it("asks for a name if there are several", async () => {
        const files = written(`${canary("web")}---\n${canary("basket")}`);
        await assert.rejects(
            openFiles(files, undefined, undefined),
            /expected one Canary, Rollout or Deployment, got canary\/web, canary\/basket\./,
        );
        const { target } = await openFiles(files, "canary/basket", undefined);
        assert.equal(target.name, "basket");
    });
});
