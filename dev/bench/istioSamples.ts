// What do the rules report on third-party manifests? Checks Istio's own samples, of the release that the sandbox runs.
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { type Located, readManifests } from "../../canary/cli/check/input/manifestFile";
import { checkManifests, type Judgement, judgementText } from "../../rollout/rules";
import { goModule } from "./harness/goModule";

const TODAY = new Date().toISOString().slice(0, 10);
/** Helm templates are not valid YAML until they are rendered. */
const TEMPLATES = /\/templates\//;

/** Files that are checked together; every other file is checked alone. */
const TOGETHER = [
    ["reviews-90-10", "virtual-service-reviews-90-10"],
    ["all-v1", "virtual-service-all-v1"],
    ["jason", "virtual-service-reviews-jason-v2-v3"],
    ["test-delay", "virtual-service-ratings-test-delay"],
].map(([name, routes]) => ({
    name: `bookinfo with ${name}`,
    files: [
        "bookinfo/platform/kube/bookinfo.yaml",
        "bookinfo/networking/destination-rule-all.yaml",
        `bookinfo/networking/${routes}.yaml`,
    ],
}));

async function main(): Promise<void> {
    const { version, folder } = await goModule("istio.io/istio");
    const samples = path.join(folder, "samples");
    const files = (await readdir(samples, { recursive: true }))
        .filter((file) => file.endsWith(".yaml") && !TEMPLATES.test(file))
        .sort();
    const sets = [...TOGETHER, ...files.map((file) => ({ name: file, files: [file] }))];
    const counts = new Map<string, number>();
    let objects = 0;
    console.log(`Istio's samples, istio.io/istio ${version}: ${files.length} files.`);
    for (const { name, files: together } of sets) {
        const located = together.flatMap((file) => read(samples, file));
        objects += located.length;
        const found = checkManifests(
            located.map(({ manifest }) => manifest),
            { today: TODAY },
        );
        for (const one of found) {
            const key = `${one.level} ${one.rule.id}`;
            counts.set(key, (counts.get(key) ?? 0) + 1);
            console.log(`${name}: ${key}: ${text(one)}`);
        }
    }
    console.log(`\n${objects} objects in ${sets.length} sets.`);
    for (const [key, count] of [...counts].sort(([, a], [, b]) => b - a)) {
        console.log(`${String(count).padStart(5)}  ${key}`);
    }
}

function read(samples: string, file: string): Located[] {
    return readManifests(file, readFileSync(path.join(samples, file), "utf8"));
}

function text({ rule, finding }: Judgement): string {
    return judgementText(rule, finding).replace(/; allowed: .*/, "");
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 2;
});
