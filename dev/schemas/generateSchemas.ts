// Regenerates the schemas of the rule object-schema from the pinned Istio, Gateway API and Kubernetes.
// With `--check`, only reports differences.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../checkout";
import { crdSchemas } from "./crdSchemas";
import { kubernetesSchemas } from "./kubernetesSchemas";

const FOLDER = join("rollout", "rules", "schema", "data");
/** The modules that pin the sandbox's Istio and Kubernetes; their go.sum verifies the downloads. */
const PINS = join(CHECKOUT, "dev", "sandbox", "toolchain");

interface GoModule {
    readonly Dir: string;
    readonly Version: string;
}

/** Downloads a module of a pin's module graph. */
function download(pin: string, module: string): GoModule {
    const options = {
        cwd: join(PINS, pin),
        encoding: "utf8" as const,
        env: { ...process.env, GOWORK: "off" },
    };
    const [name, version] = execFileSync("go", ["list", "-m", module], options).trim().split(" ");
    const args = ["mod", "download", "-json", `${name}@${version}`];
    return JSON.parse(execFileSync("go", args, options));
}

function generate(): Record<string, string> {
    const istio = download("istio", "istio.io/istio");
    const gatewayApi = download("istio", "sigs.k8s.io/gateway-api");
    const kubernetes = download("kubernetes", "k8s.io/kubernetes");
    const istioCrds = join(istio.Dir, "manifests", "charts", "base", "files", "crd-all.gen.yaml");
    // The experimental channel has the standard one's fields and more.
    const channels = ["experimental", "standard"].flatMap((channel) => {
        const folder = join(gatewayApi.Dir, "config", "crd", channel);
        const files = readdirSync(folder).filter((name) => name.includes("_"));
        return files.sort().map((name) => join(folder, name));
    });
    return {
        "istio.json": crdSchemas([istioCrds], kubernetes.Dir, `Istio ${istio.Version}`),
        "gatewayApi.json": crdSchemas(
            channels,
            kubernetes.Dir,
            `Gateway API ${gatewayApi.Version}`,
        ),
        "kubernetes.json": kubernetesSchemas(kubernetes.Dir, kubernetes.Version),
    };
}

for (const [name, text] of Object.entries(generate())) {
    const file = join(CHECKOUT, FOLDER, name);
    const label = join(FOLDER, name);
    if (!process.argv.includes("--check")) {
        writeFileSync(file, text);
        console.log(`${label}: ${Math.round(text.length / 1_000)} kB`);
    } else if (readFileSync(file, "utf8") !== text) {
        console.error(`${label} is out of date. Run \`npm run schemas:generate\` and commit it.`);
        process.exitCode = 1;
    } else console.log(`${label}: up to date`);
}
