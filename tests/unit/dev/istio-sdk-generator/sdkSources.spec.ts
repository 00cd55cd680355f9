// Compares and replaces the checked-in sources of the SDK, on small folders.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
    findDrift,
    listSources,
    replaceSources,
} from "../../../../dev/istio-sdk-generator/sources";

describe("sources of the SDK", () => {
    let base: string;

    /** Creates a folder with these files, by path. */
    function folder(name: string, files: Record<string, string>): string {
        for (const [path, content] of Object.entries(files)) {
            const file = join(base, name, path);
            mkdirSync(dirname(file), { recursive: true });
            writeFileSync(file, content);
        }
        return join(base, name);
    }

    beforeEach(() => {
        base = mkdtempSync(join(tmpdir(), "sdk-sources-"));
    });
    afterEach(() => {
        rmSync(base, { recursive: true });
    });

    const made = {
        "index.ts": "export {};",
        "networking/v1/gateway.ts": "Gateway",
        ".gitattributes": "* linguist-generated",
    };

    it("do not drift if only build output differs", () => {
        const checkedIn = { ...made, "bin/index.js": "", "node_modules/a/index.js": "" };
        assert.deepEqual(findDrift(folder("made", made), folder("sdk", checkedIn)), []);
    });

    it("drift for each file that is missing, different or not generated", () => {
        const checkedIn = {
            ".gitattributes": made[".gitattributes"],
            "index.ts": "export { };",
            "networking/v1/sidecar.ts": "Sidecar",
        };
        assert.deepEqual(findDrift(folder("made", made), folder("sdk", checkedIn)), [
            "index.ts: differs from the generated file",
            "networking/v1/gateway.ts: missing",
            "networking/v1/sidecar.ts: not a generated file",
        ]);
    });

    it("drift for every file if the SDK does not exist", () => {
        assert.equal(findDrift(folder("made", made), join(base, "none")).length, 3);
    });

    it("equal the generated files after a replacement, without old build output", () => {
        const checkedIn = { "old.ts": "old", "index.ts": "old", "bin/old.js": "old" };
        const sdk = folder("sdk", checkedIn);
        replaceSources(folder("made", made), sdk);
        assert.deepEqual(findDrift(join(base, "made"), sdk), []);
        assert.deepEqual(listSources(sdk), Object.keys(made).sort());
        assert.deepEqual(listSources(join(sdk, "bin")), []);
    });
});
