import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { CHECKOUT } from "../../dev/checkout";

/** What the files of a room may import: other rooms, and packages where those are limited. */
const MAY_IMPORT: Record<string, { rooms: string[]; packages?: string[] }> = {
    rollout: { rooms: [], packages: ["zod", "node:crypto"] },
    components: {
        rooms: ["rollout"],
        packages: ["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/kubernetes-istio"],
    },
    policy: { rooms: ["rollout"], packages: ["@pulumi/policy"] },
    // Apart from the core, which imports zod only: Grafana's own types, and charts.
    observability: { rooms: ["rollout"], packages: ["@grafana/grafana-foundation-sdk", "echarts"] },
    driver: { rooms: ["rollout"] },
    "index.ts": { rooms: ["components"], packages: [] },
    // The sandbox is loaded only by the command that is for it.
    cli: { rooms: ["driver", "rollout", "observability", "sandbox"] },
};

const IMPORT = /(?:from\s+|import\(\s*|require\(\s*|^import\s+)"([^"]+)"/gm;
const STATIC_IMPORT = /^(?:import|export)\s(?:[^;]*?from\s+)?"([^"]+)"/gm;

interface Import {
    file: string;
    target: string;
}

function filesIn(path: string): string[] {
    if (path.endsWith(".ts")) return [path];
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
        .map((file) => join(path, file));
}

function importsIn(room: string, pattern: RegExp): Import[] {
    return filesIn(join(CHECKOUT, room)).flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(pattern)].map(([, target = ""]) => ({
            file: relative(CHECKOUT, file),
            target,
        })),
    );
}

/** The room that a relative import leads to. */
function roomOf({ file, target }: Import): string {
    const path = relative(CHECKOUT, join(CHECKOUT, dirname(file), target));
    return path.split(sep)[0] ?? "";
}

function packageOf(target: string): string {
    const parts = target.split("/");
    return target.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}

describe("imports between rooms", () => {
    for (const [room, { rooms, packages }] of Object.entries(MAY_IMPORT)) {
        const imports = importsIn(room, IMPORT);

        it(`should lead from ${room} only to ${["itself", ...rooms].join(", ")}`, () => {
            const wrong = imports
                .filter(({ target }) => target.startsWith("."))
                .filter((one) => ![room, ...rooms].includes(roomOf(one)));
            assert.deepEqual(wrong, []);
        });

        if (packages === undefined) continue;
        it(`should take into ${room} no package but ${packages.join(", ") || "none"}`, () => {
            const wrong = imports
                .filter(({ target }) => !target.startsWith("."))
                .filter(({ target }) => !packages.includes(packageOf(target)));
            assert.deepEqual(wrong, []);
        });
    }

    it("should load the sandbox from the command line only when it is asked for", () => {
        const wrong = importsIn("cli", STATIC_IMPORT)
            .filter(({ target }) => target.startsWith("."))
            .filter((one) => roomOf(one) === "sandbox");
        assert.deepEqual(wrong, []);
    });
});
