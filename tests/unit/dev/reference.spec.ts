// Files that are generated from the schemas of the config.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../../../dev/checkout";
import { generatedFiles } from "../../../dev/reference/generateReference";

describe("npm run reference", () => {
    for (const [name, text] of Object.entries(generatedFiles())) {
        it(`has been run since the last change of the config: ${name}`, () => {
            assert.equal(readFileSync(path.join(CHECKOUT, name), "utf8"), text);
        });
    }
});
