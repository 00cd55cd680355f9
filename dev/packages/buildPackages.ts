/** Builds the npm packages: `npm run build -- components|canary|policy`. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { execaSync } from "execa";
import { CHECKOUT, TSC } from "../checkout";

const at = (...names: string[]) => path.join(CHECKOUT, ...names);
const ISTIO_SDK = "@pulumi/kubernetes-istio";

const builds: Record<string, () => void> = {
    /** The component, its provider plugin and the policy pack: the package istio-canary. */
    components() {
        compile("components", at("dist"));
        copyIstioSdk(at("dist"));
        bundlePack(at("dist", "policy"));
        cpSync(at("dev", "packages", "provider"), at("dist", "provider"), { recursive: true });
    },
    /** The command with its own policy pack: the package istio-canary-cli. */
    canary() {
        const out = at("canary", "dist");
        compile("canary", out);
        inlineEcharts(path.join("canary", "report", "page"), out);
        const launcher = path.join("driver", "pulumi", "launcher");
        cpSync(at("canary", launcher), path.join(out, "canary", launcher), { recursive: true });
        const pages = path.join("docs", "policy");
        cpSync(at(pages), path.join(out, pages), { recursive: true });
        bundlePack(path.join(out, "policy"));
    },
    /** The policy pack alone, for `pulumi policy publish`. */
    policy() {
        const out = at("dist", "policy-pack");
        rmSync(out, { recursive: true, force: true });
        bundlePack(out);
        cpSync(at("docs", "policy"), path.join(out, "docs", "policy"), { recursive: true });
    },
};

function compile(name: string, out: string): void {
    rmSync(out, { recursive: true, force: true });
    const config = at("dev", "packages", `tsconfig.${name}.json`);
    execaSync(process.execPath, [TSC, "-p", config], { cwd: CHECKOUT, stdio: "inherit" });
}

/** Copies the typed Istio SDK into the package and points the component's imports at it, because no registry has the SDK. */
function copyIstioSdk(out: string): void {
    const sdk = path.join(out, "sdks", "kubernetes-istio");
    cpSync(at("sdks", "kubernetes-istio", "bin"), sdk, { recursive: true });
    // Its `main` is relative to the folder above `bin`, of which Node.js warns.
    const manifest = path.join(sdk, "package.json");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace("bin/index.js", "index.js"));
    for (const name of readdirSync(out, { recursive: true, encoding: "utf8" })) {
        const file = path.join(out, name);
        if (!/\.(js|d\.ts)$/.test(name) || file.startsWith(sdk)) continue;
        const text = readFileSync(file, "utf8");
        if (!text.includes(ISTIO_SDK)) continue;
        const local = path.relative(path.dirname(file), sdk);
        writeFileSync(file, text.replaceAll(`"${ISTIO_SDK}"`, JSON.stringify(local)));
    }
}

/** Bundles the part of echarts that a report needs: a fiftieth of its 60 MB. */
function inlineEcharts(folder: string, out: string): void {
    buildSync({
        // The TypeScript source, because its imports let esbuild remove unused code.
        entryPoints: [at(folder, "svg.ts")],
        outfile: path.join(out, folder, "svg.js"),
        bundle: true,
        external: ["./html"],
        platform: "node",
        target: "node20",
        minify: true,
        legalComments: "eof",
    });
    for (const name of ["LICENSE", "NOTICE"]) {
        cpSync(at("node_modules", "echarts", name), path.join(out, folder, `echarts-${name}`));
    }
}

/** Bundles the pack, because its host loads it in every preview: one file in place of 300. */
function bundlePack(out: string): void {
    buildSync({
        entryPoints: [at("policy", "index.ts")],
        outfile: path.join(out, "index.js"),
        bundle: true,
        external: ["@pulumi/*"],
        platform: "node",
        target: "node20",
    });
    cpSync(at("dev", "packages", "policy-pack"), out, { recursive: true });
    for (const name of ["re2js", "zod"]) {
        cpSync(at("node_modules", name, "LICENSE"), path.join(out, `${name}-LICENSE`));
    }
}

const [name = "components"] = process.argv.slice(2);
const build = builds[name];
if (build === undefined) {
    console.error(`package ${name}: expected one of ${Object.keys(builds).join(", ")}.`);
    process.exitCode = 2;
} else build();
