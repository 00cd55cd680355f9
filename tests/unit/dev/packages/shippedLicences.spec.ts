// What users install beside the two packages: its licences, and where the lockfile takes it from.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";

interface Locked {
    readonly version?: string;
    readonly license?: string;
    readonly integrity?: string;
    readonly resolved?: string;
    readonly link?: boolean;
    readonly dev?: boolean;
    readonly devOptional?: boolean;
}

/** Licences that ask for nothing but to be kept with the code. */
const PERMISSIVE = new Set([
    ...["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT"],
    ...["(BSD-3-Clause AND Apache-2.0)", "Unlicense"],
]);

/** Read by hand, at this version. */
const READ: Readonly<Record<string, string>> = {
    "@logdna/tail-file": "2.2.0 has the MIT licence in its file LICENSE",
    argparse: "2.0.1 has Python's licence, which is permissive",
    "spdx-exceptions": "2.5.0 is a list under CC-BY-3.0",
    "spdx-license-ids": "3.0.24 is a list under CC0-1.0",
};

describe("the packages that users install", () => {
    const lockfile = readFileSync(path.join(CHECKOUT, "package-lock.json"), "utf8");
    const { packages } = JSON.parse(lockfile) as { packages: Record<string, Locked> };
    const installed = Object.entries(packages).filter(
        ([place, { link }]) => place.startsWith("node_modules/") && !link,
    );
    const shipped = installed.filter(([, { dev, devOptional }]) => !dev && !devOptional);

    it("have permissive licences", () => {
        assert.ok(shipped.length > 100);
        const others = shipped
            .filter(([, { license = "" }]) => !PERMISSIVE.has(license))
            .map(([place, { version }]) => [place.split("node_modules/").at(-1) ?? "", version]);
        for (const [name = "", version = ""] of others) {
            assert.ok(
                READ[name]?.startsWith(`${version} `),
                `${name} ${version}: read its licence`,
            );
        }
    });

    it("are pinned by a hash of their content, from no registry by name", () => {
        for (const [place, { integrity, resolved }] of installed) {
            assert.match(integrity ?? "", /^sha512-/, place);
            assert.equal(resolved, undefined, place);
        }
    });
});
