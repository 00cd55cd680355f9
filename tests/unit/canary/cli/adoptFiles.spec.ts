import assert from "node:assert/strict";
import ts from "typescript";
import { parse, parseAllDocuments } from "yaml";
import { adopt } from "../../../../canary/analysis/adopt/adopt";
import { adoptFiles, findingsText } from "../../../../canary/cli/adopt/adoptFiles";
import { EXISTING } from "../../../fixtures/adopt/liveApps";
import { liveObjects } from "../../../fixtures/adopt/liveObjects";

const options = { project: "shop", stack: "prod" };
const routed = EXISTING.find(({ kind }) => kind === "routed")?.objects("shop") ?? [];
const adoption = adopt(liveObjects(routed), options);

describe("adoptFiles", () => {
    it("writes the stack's config, the live objects and the plan", () => {
        const files = adoptFiles(adoption, options);
        assert.deepEqual(Object.keys(files), ["Pulumi.prod.yaml", "before.yaml", "plan.md"]);
        const { config } = parse(files["Pulumi.prod.yaml"] ?? "");
        assert.deepEqual(config["shop:versions"], adoption.config.versions);
        const kinds = parseAllDocuments(files["before.yaml"] ?? "").map((one) => one.get("kind"));
        assert.deepEqual(kinds, ["Deployment", "Service", "VirtualService"]);
        const titles = (files["plan.md"] ?? "").match(/^## \d+\. .*$/gm) ?? [];
        assert.equal(titles.length, adoption.steps.length);
    });

    it("writes a transform that compiles, for routes that no key says", () => {
        const ownRoutes = [{ match: [{ uri: { prefix: "/a" } }], route: [] }];
        const files = adoptFiles({ ...adoption, ownRoutes }, options);
        const { diagnostics = [] } = ts.transpileModule(files["routes.ts"] ?? "", {
            reportDiagnostics: true,
        });
        assert.deepEqual(diagnostics, []);
    });

    it("prints findings by what a person must do about them", () => {
        assert.match(findingsText(adoption), /^Decide or do yourself:\n {2}Service shop\/web: /);
    });
});
