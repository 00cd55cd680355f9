// The programs in a sandbox's folder on PATH.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sandboxLayout } from "../../../../dev/sandbox/layout";
import { linkPrograms } from "../../../../dev/sandbox/pulumi";
import type { Toolchain } from "../../../../dev/sandbox/toolchain";

describe("linkPrograms", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "sandbox-programs-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    /** A toolchain whose programs are empty files. */
    const toolchain = (without: readonly string[]): Toolchain => ({
        ownPulumi: undefined,
        istioSource: "",
        flaggerCrds: "",
        gatewayApiCrds: "",
        has: (program) => !without.includes(program),
        bin(program) {
            assert.ok(!without.includes(program), `${program} is not built`);
            const file = path.join(folder, program);
            writeFileSync(file, "");
            return file;
        },
    });

    it("leaves out programs that are not built, and adds them once they are", () => {
        const layout = sandboxLayout(folder);
        linkPrograms(layout, toolchain(["pulumi-language-yaml"]));
        const first = readdirSync(layout.binDir);
        linkPrograms(layout, toolchain([]));
        const added = readdirSync(layout.binDir).filter((name) => !first.includes(name));
        assert.ok(first.includes("pulumi"));
        assert.deepEqual(added, ["pulumi-language-yaml"]);
    });
});
