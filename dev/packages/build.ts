/** Compiles what npm packs: `npm run build -- components|canary|policy`. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execaSync } from "execa";
import { CHECKOUT } from "../checkout";

const at = (...names: string[]) => path.join(CHECKOUT, ...names);
const ISTIO_SDK = "@pulumi/kubernetes-istio";

const builds: Record<string, () => void> = {
    /** The component and the policy pack: the package istio-canary. */
    components() {
        compile("components", at("dist"));
        bringIstioSdk(at("dist"));
        describePack(at("dist", "policy"));
    },
    /** The command with its own policy pack: the package istio-canary-cli. */
    canary() {
        compile("canary", at("canary", "dist"));
        describePack(at("canary", "dist", "policy"));
    },
    /** The policy pack alone, as `pulumi policy publish` takes it. */
    policy() {
        const out = at("dist", "policy-pack");
        compile("policy", out);
        cpSync(at("dev", "packages", "policy-pack"), out, { recursive: true });
        cpSync(at("docs", "policy"), path.join(out, "docs", "policy"), { recursive: true });
    },
};

function compile(name: string, out: string): void {
    rmSync(out, { recursive: true, force: true });
    const config = at("dev", "packages", `tsconfig.${name}.json`);
    const tsc = require.resolve("typescript/bin/tsc");
    execaSync(process.execPath, [tsc, "-p", config], { cwd: CHECKOUT, stdio: "inherit" });
}

/** Puts the typed Istio SDK beside the component, and makes the component take it from there: it is on no registry. */
function bringIstioSdk(out: string): void {
    const sdk = path.join(out, "sdks", "kubernetes-istio");
    cpSync(at("sdks", "kubernetes-istio", "bin"), sdk, { recursive: true });
    for (const name of readdirSync(out, { recursive: true, encoding: "utf8" })) {
        const file = path.join(out, name);
        if (!/\.(js|d\.ts)$/.test(name) || file.startsWith(sdk)) continue;
        const text = readFileSync(file, "utf8");
        if (!text.includes(ISTIO_SDK)) continue;
        const local = path.relative(path.dirname(file), sdk);
        writeFileSync(file, text.replaceAll(`"${ISTIO_SDK}"`, JSON.stringify(local)));
    }
}

/** A compiled pack is JavaScript: its host has nothing to compile. */
function describePack(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const name of ["PulumiPolicy.yaml", "package.json"]) {
        cpSync(at("dev", "packages", "policy-pack", name), path.join(folder, name));
    }
}

const [name = "components"] = process.argv.slice(2);
const build = builds[name];
if (build === undefined) {
    console.error(`unknown package ${name}; allowed: ${Object.keys(builds).join(", ")}`);
    process.exitCode = 2;
} else build();
