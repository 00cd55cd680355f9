// The driver's image without Docker: the steps of canary/image/Dockerfile, done with this machine's node and the sandbox's pulumi.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
    chmod,
    chown,
    copyFile,
    cp,
    mkdir,
    mkdtemp,
    readdir,
    readFile,
    rm,
    writeFile,
} from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";
import { type Layout, sandboxLayout } from "../../dev/sandbox";
import { imageConfig, parseLdd } from "../../dev/sandbox/images/archive";
import { insideNamespaces } from "../../dev/sandbox/node/namespaces";
import { ensureToolchain } from "../../dev/sandbox/toolchain";
import { type Stage, type Step, stagesOf, variablesIn } from "../fixtures/driver/dockerfile";

const recipe = path.join(CHECKOUT, "canary", "image");

/** Of node:20-slim, as far as anything here runs it: the user, a shell, and the folder where node is. */
const BASE = {
    users: "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
    groups: "root:x:0:\nnode:x:1000:\n",
    programs: { "/bin/sh": "/bin/sh", "/usr/bin/env": "/usr/bin/env" },
    node: "/usr/local/bin/node",
};

/** What a RUN of the last stage does here. One that is not known is no step to be left out in silence. */
const RUNS: readonly (readonly [RegExp, (root: string) => Promise<void>])[] = [
    // Only where a certificate of the world is asked for: no backend or webhook of the scenario's is out there.
    [
        /^apt-get update && apt-get install .* ca-certificates && rm -rf \/var\/lib\/apt\/lists\/\*$/,
        async () => undefined,
    ],
    [
        /^mkdir \/state && chown node:node \/state$/,
        async (root) => {
            await mkdir(path.join(root, "state"));
            await chown(path.join(root, "state"), 1000, 1000);
        },
    ],
];

/** A built image that can be tagged again with another config of the stack in it. */
export class DriverImage {
    private readonly layout: Layout = sandboxLayout(CHECKOUT);
    private readonly tags: string[] = [];

    private constructor(
        private readonly folder: string,
        private readonly stages: { readonly program: Stage; readonly last: Stage },
        private readonly layers: Layer[],
    ) {}

    /** Base, pulumi's programs and node_modules, which all tags share; takes a minute. */
    static async build(): Promise<DriverImage> {
        const layout = sandboxLayout(CHECKOUT);
        await mkdir(layout.imagesDir, { recursive: true });
        const folder = await mkdtemp(path.join(layout.imagesDir, "driver-"));
        try {
            const stages = stagesOf(await readFile(path.join(recipe, "Dockerfile"), "utf8"));
            const [program, last] = [stages.find(({ name }) => name === "program"), stages.at(-1)];
            assert.ok(program && last);
            const system = path.join(folder, "system");
            await makeSystem(system, last);
            const image = new DriverImage(folder, { program, last }, []);
            image.layers.push(await layerOf(system, folder, "system"));
            await image.copyProgram();
            for (const step of program.steps.filter(({ word }) => word === "RUN")) {
                // Not the cache of whoever runs this.
                const command = step.text.replace(/ && npm cache clean --force$/, "");
                await execa("sh", ["-c", command], { cwd: image.app });
            }
            image.layers.push(await layerOf(image.root, folder, "modules", ["app/node_modules"]));
            return image;
        } catch (error) {
            await rm(folder, { recursive: true, force: true });
            throw error;
        }
    }

    /** The image with the CHECKOUT as it is now, in the sandbox's node; another tag is another rollout. @returns its name. */
    async tag(tag: string): Promise<string> {
        const name = `sandbox/web-rollout:${tag}`;
        const { last } = this.stages;
        await this.copyProgram();
        const program = await layerOf(this.root, this.folder, tag, ["app"], ["app/node_modules"]);
        const layers = [...this.layers, program];
        const env = Object.assign(
            {},
            ...last.steps.filter(({ word }) => word === "ENV").map(({ text }) => variablesIn(text)),
        );
        const config = imageConfig(
            {
                name,
                files: {},
                entrypoint: JSON.parse(stepOf(last, "ENTRYPOINT").text),
                user: stepOf(last, "USER").text,
                env,
            },
            "",
        );
        config.rootfs.diff_ids = layers.map(({ digest }) => `sha256:${digest}`);
        config.history = layers.map(() => config.history[0] as (typeof config.history)[0]);
        const text = JSON.stringify(config);
        const configName = `${createHash("sha256").update(text).digest("hex")}.json`;
        const Layers = layers.map(({ file }) => path.basename(file));
        const manifest = [{ Config: configName, RepoTags: [name], Layers }];
        await writeFile(path.join(this.folder, configName), text);
        await writeFile(path.join(this.folder, "manifest.json"), JSON.stringify(manifest));
        const archive = path.join(this.folder, "image.tar");
        const content = ["manifest.json", configName, ...Layers];
        await execa("tar", ["-C", this.folder, "-cf", archive, ...content]);
        await this.ctr("import", archive);
        await rm(archive);
        this.tags.push(name);
        return name;
    }

    async remove(): Promise<void> {
        await rm(this.folder, { recursive: true, force: true });
        const names = this.tags.map((name) => `docker.io/${name}`);
        if (names.length > 0) await this.ctr("rm", ...names);
    }

    private get root(): string {
        return path.join(this.folder, "program");
    }

    private get app(): string {
        return path.join(this.root, stepOf(this.stages.program, "WORKDIR").text);
    }

    /** `COPY . .`, without what Dockerfile.dockerignore names. */
    private async copyProgram(): Promise<void> {
        const ignored = (await readFile(path.join(recipe, "Dockerfile.dockerignore"), "utf8"))
            .split("\n")
            .filter((line) => line !== "");
        assert.equal(stepOf(this.stages.program, "COPY").text, ". .");
        await mkdir(this.app, { recursive: true });
        const isKept = (source: string) => !isIgnored(path.relative(CHECKOUT, source), ignored);
        for (const name of await readdir(CHECKOUT)) {
            if (!isKept(path.join(CHECKOUT, name))) continue;
            const options = { recursive: true, verbatimSymlinks: true, filter: isKept };
            await cp(path.join(CHECKOUT, name), path.join(this.app, name), options);
        }
    }

    private async ctr(...args: string[]): Promise<void> {
        const [file = "", ...inside] = insideNamespaces(this.layout);
        await execa(file, [...inside, "ctr", "--namespace=k8s.io", "images", ...args]);
    }
}

interface Layer {
    readonly file: string;
    readonly digest: string;
}

/** Docker's patterns, of which ours use a name at the root, and a name at any depth. */
function isIgnored(relative: string, patterns: readonly string[]): boolean {
    return patterns.some((pattern) =>
        pattern.startsWith("**/")
            ? relative.split("/").includes(pattern.slice(3))
            : relative.split("/")[0] === pattern,
    );
}

function stepOf(stage: Stage, word: string): Step {
    const found = stage.steps.find((step) => step.word === word);
    assert.ok(found, `${stage.from} has no ${word}`);
    return found;
}

/** The last stage without the program: a base, and what its steps put there. */
async function makeSystem(root: string, last: Stage): Promise<void> {
    const { bin } = await ensureToolchain({ for: "pulumi" });
    await put(root, { "/etc/passwd": BASE.users, "/etc/group": BASE.groups });
    await mkdir(path.join(root, "tmp"));
    await chmod(path.join(root, "tmp"), 0o1777);
    const programs: Record<string, string> = { ...BASE.programs, [BASE.node]: process.execPath };
    for (const { word, flags, text } of last.steps) {
        if (word === "COPY" && flags.from !== "program") {
            const sources = text.split(" ");
            const to = sources.pop() ?? "";
            for (const name of sources.map((source) => path.basename(source))) {
                programs[path.join(to, name)] = bin(name);
            }
        } else if (word === "RUN") {
            const known = RUNS.find(([pattern]) => pattern.test(text));
            assert.ok(known, `RUN ${text}: say in driverImage.ts what that is here`);
            await known[1](root);
        } else {
            assert.ok(["COPY", "ENV", "USER", "ENTRYPOINT"].includes(word), `${word} ${text}`);
        }
    }
    for (const [at, from] of Object.entries(programs)) {
        for (const library of await librariesOf(from)) await place(root, library, library);
        await place(root, at, from);
    }
}

async function librariesOf(program: string): Promise<string[]> {
    const { stdout, exitCode } = await execa("ldd", [program], { reject: false });
    return exitCode === 0 ? parseLdd(stdout) : [];
}

async function put(root: string, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [at, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(root, at)), { recursive: true });
        await writeFile(path.join(root, at), text);
    }
}

async function place(root: string, at: string, from: string): Promise<void> {
    await mkdir(path.dirname(path.join(root, at)), { recursive: true });
    await copyFile(from, path.join(root, at));
}

async function layerOf(
    root: string,
    folder: string,
    name: string,
    content: readonly string[] = ["."],
    without: readonly string[] = [],
): Promise<Layer> {
    const file = path.join(folder, `${name}.tar`);
    const flags = ["--sort=name", "--numeric-owner", "--mtime=@0"];
    const excluded = without.map((one) => `--exclude=${one}`);
    await execa("tar", ["-C", root, ...flags, ...excluded, "-cf", file, ...content]);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    return { file, digest: hash.digest("hex") };
}
