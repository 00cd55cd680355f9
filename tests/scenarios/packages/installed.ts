// Both packages, packed and installed in an empty folder as a user would.
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";

/** From the npm registry: pnpm 9, Yarn 1 and 4, Bun 1. */
const MANAGERS = ["pnpm@9.15.9", "yarn@1.22.22", "@yarnpkg/cli-dist@4.18.1", "bun@1.4.5"];

export interface Manager {
    readonly name: string;
    /** Its install command, given the folder that the managers are installed in. */
    readonly install: (managers: string) => readonly [file: string, ...args: string[]];
    /** Files that it needs in the project. */
    readonly files?: Readonly<Record<string, string>>;
}

export const managers: readonly Manager[] = [
    { name: "npm", install: () => ["npm", "install", "--no-audit", "--no-fund"] },
    { name: "pnpm", install: (at) => [path.join(at, ".bin", "pnpm"), "install"] },
    {
        name: "yarn 1",
        // @pulumi/pulumi asks for Node 22; of these managers, only Yarn 1 refuses to install it on Node 20.
        install: (at) => [
            ...(["node", path.join(at, "yarn", "bin", "yarn.js")] as const),
            ...["install", "--ignore-engines"],
        ],
    },
    {
        name: "yarn 4",
        install: (at) => [
            "node",
            path.join(at, "@yarnpkg", "cli-dist", "bin", "yarn.js"),
            "install",
        ],
        // Pulumi's language host looks for packages in node_modules.
        files: {
            ".yarnrc.yml": "nodeLinker: node-modules\nenableTelemetry: false\n",
            "yarn.lock": "",
        },
    },
    { name: "bun", install: (at) => [path.join(at, ".bin", "bun"), "install"] },
];

export interface Packed {
    readonly folder: string;
    /** Paths of the tarballs. */
    readonly component: string;
    readonly cli: string;
    /** node_modules with the package managers. */
    readonly managers: string;
}

/** Packs both packages, without package managers beside them. */
export async function packTarballs(): Promise<Packed> {
    const folder = mkdtempSync(path.join(tmpdir(), "istio-canary-packages-"));
    const packed = async (cwd: string) => {
        const { stdout } = await execa("npm", ["pack", "--json", `--pack-destination=${folder}`], {
            cwd,
        });
        // The prepack script's output comes before the JSON.
        const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("\n[") + 1));
        return path.join(folder, filename);
    };
    const component = await packed(CHECKOUT);
    const cli = await packed(path.join(CHECKOUT, "canary"));
    return { folder, component, cli, managers: path.join(folder, "managers", "node_modules") };
}

/** Packs both packages, and installs the package managers beside them. */
export async function pack(): Promise<Packed> {
    const packed = await packTarballs();
    const tools = path.join(packed.folder, "managers");
    mkdirSync(tools);
    writeFileSync(path.join(tools, "package.json"), JSON.stringify({ private: true }));
    await execa("npm", ["install", "--no-audit", "--no-fund", ...MANAGERS], { cwd: tools });
    return packed;
}

/** A project with both packages, installed by a manager. @returns its folder, outside of the checkout. */
export async function installed(
    packed: Packed,
    manager: Manager,
    program = path.join(__dirname, "program"),
): Promise<string> {
    const cwd = path.join(packed.folder, manager.name.replace(" ", "-"));
    cpSync(program, cwd, { recursive: true });
    const own = require(path.join(CHECKOUT, "package.json"));
    const version = (name: string) => own.devDependencies[name] ?? own.dependencies[name];
    const project = {
        name: "shop",
        private: true,
        main: "index.ts",
        dependencies: {
            "istio-canary": `file:${packed.component}`,
            "@pulumi/pulumi": version("@pulumi/pulumi"),
            "@pulumi/kubernetes": version("@pulumi/kubernetes"),
        },
        devDependencies: {
            "istio-canary-cli": `file:${packed.cli}`,
            typescript: version("typescript"),
            "@types/node": version("@types/node"),
        },
    };
    writeFileSync(path.join(cwd, "package.json"), JSON.stringify(project, undefined, 4));
    for (const [name, text] of Object.entries(manager.files ?? {})) {
        writeFileSync(path.join(cwd, name), text);
    }
    const [file, ...args] = manager.install(packed.managers);
    await execa(file, args, { cwd, env: { CI: "" } });
    return cwd;
}

/** Megabytes of a folder on disk. */
export async function sizeOf(folder: string): Promise<number> {
    const { stdout } = await execa("du", ["-sm", folder]);
    return Number(stdout.split("\t")[0]);
}
