// Which folders may import which, including types.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../../dev/checkout";

/** The other rooms that a room (a top-level part of the code) may import, and the packages if they are restricted. */
const ROOMS: Readonly<Record<string, { rooms: string[]; packages?: string[] }>> = {
    rollout: { rooms: [], packages: ["zod", "node:crypto", "re2js"] },
    components: {
        rooms: ["rollout"],
        packages: ["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/kubernetes-istio"],
    },
    policy: { rooms: ["rollout"], packages: ["@pulumi/policy"] },
    "index.ts": { rooms: ["components"], packages: [] },
    "canary/analysis": { rooms: ["rollout"], packages: ["zod", "node:crypto", "node:util"] },
    "canary/driver": { rooms: ["canary/analysis", "rollout"] },
    "canary/report": {
        rooms: ["canary/analysis", "rollout"],
        packages: ["@grafana/grafana-foundation-sdk", "echarts"],
    },
    "canary/cli": { rooms: ["canary/driver", "canary/report", "canary/analysis", "rollout"] },
    "canary/image": { rooms: [] },
};

/** Order of the folders in a room: each may import only those before it. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
    rollout: ["config", "rules", "plan", "manifests"],
    "canary/analysis": ["statistics", "counts", "config", "decision", "record", "report"],
};

/** Static and dynamic imports, requires and re-exports, including those of types. */
const IMPORT = /(?:\bfrom\s+|\bimport\(\s*|\brequire\(\s*|^import\s+)"([^"]+)"/gm;

interface Import {
    readonly file: string;
    /** The imported file in the checkout; undefined for a package. */
    readonly to: string | undefined;
    readonly target: string;
}

const SKIPPED = new Set(["node_modules", "dist", "bin", ".git", ".sandbox", ".canary", "sdks"]);

function sourceFiles(folder: string): string[] {
    return readdirSync(path.join(CHECKOUT, folder), { withFileTypes: true }).flatMap((entry) => {
        const name = path.join(folder, entry.name);
        if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sourceFiles(name);
        return /\.ts$/.test(entry.name) ? [name] : [];
    });
}

function resolve(file: string, target: string): string | undefined {
    if (!target.startsWith(".")) return undefined;
    const base = path.join(path.dirname(file), target);
    const candidates = [base, `${base}.ts`, path.join(base, "index.ts")];
    const isFile = (name: string) => {
        const full = path.join(CHECKOUT, name);
        return existsSync(full) && statSync(full).isFile();
    };
    return candidates.find(isFile) ?? base;
}

const files = sourceFiles(".");
const imports: Import[] = files.flatMap((file) =>
    [...readFileSync(path.join(CHECKOUT, file), "utf8").matchAll(IMPORT)].map(
        ([, target = ""]) => ({ file, target, to: resolve(file, target) }),
    ),
);

const isIn = (file: string, room: string) => file === room || file.startsWith(`${room}/`);
const text = ({ file, to, target }: Import) => `${file} → ${to ?? target}`;
const packageOf = (target: string) =>
    target
        .split("/")
        .slice(0, target.startsWith("@") ? 2 : 1)
        .join("/");

describe("the import graph", () => {
    for (const [room, { rooms, packages }] of Object.entries(ROOMS)) {
        const own = imports.filter(({ file }) => isIn(file, room));

        it(`has imports from ${room} only to ${["itself", ...rooms].join(", ")}`, () => {
            const allowed = [room, ...rooms];
            const wrong = own.filter(({ to }) => to && !allowed.some((one) => isIn(to, one)));
            assert.deepEqual(wrong.map(text), []);
        });

        if (packages === undefined) continue;
        it(`allows these packages in ${room}: ${packages.join(", ") || "none"}`, () => {
            const wrong = own.filter(
                ({ to, target }) => !to && !packages.includes(packageOf(target)),
            );
            assert.deepEqual(wrong.map(text), []);
        });
    }

    for (const [room, folders] of Object.entries(ORDERS)) {
        it(`keeps the order ${folders.join(", ")} in ${room}`, () => {
            const place = (file: string | undefined) =>
                folders.findIndex((folder) => file && isIn(file, `${room}/${folder}`));
            const wrong = imports.filter(
                ({ file, to }) => place(file) >= 0 && place(to) > place(file),
            );
            assert.deepEqual(wrong.map(text), []);
        });
    }

    it("has no imports from shipped code to tests or dev", () => {
        const wrong = imports.filter(
            ({ file, to }) =>
                Object.keys(ROOMS).some((room) => isIn(file, room)) &&
                to &&
                (isIn(to, "dev") || isIn(to, "tests")),
        );
        assert.deepEqual(wrong.map(text), []);
    });

    it("has no cycles, including those of type imports", () => {
        const edges = new Map<string, string[]>();
        for (const { file, to } of imports) {
            if (to) edges.set(file, [...(edges.get(file) ?? []), to]);
        }
        const done = new Set<string>();
        const cycles: string[] = [];
        const visit = (file: string, above: readonly string[]) => {
            if (above.includes(file)) {
                cycles.push([...above.slice(above.indexOf(file)), file].join(" → "));
                return;
            }
            if (done.has(file)) return;
            for (const next of edges.get(file) ?? []) visit(next, [...above, file]);
            done.add(file);
        };
        for (const file of files) visit(file, []);
        assert.deepEqual(cycles, []);
    });
});

describe("a folder", () => {
    it("has at most 14 source files", () => {
        const counts = new Map<string, number>();
        for (const file of files) {
            const folder = path.dirname(file);
            counts.set(folder, (counts.get(folder) ?? 0) + 1);
        }
        assert.deepEqual(
            [...counts].filter(([, count]) => count > 14),
            [],
        );
    });
});
