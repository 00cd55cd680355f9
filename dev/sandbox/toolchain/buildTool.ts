// Builds a part into an empty folder: programs into bin/, other files into files/. All output goes to a log.
import { createWriteStream } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { GoPart, Part, WheelPart } from "./parts";

export interface BuildContext {
    /** Folder with the part's pinned module. */
    readonly moduleDir: string;
    /** Log file of the build. */
    readonly log: string;
    readonly signal?: AbortSignal;
}

/** @throws Error with the log's last lines if a step fails. */
export async function buildPart(part: Part, into: string, context: BuildContext): Promise<void> {
    await mkdir(path.join(into, "bin"), { recursive: true });
    switch (part.kind) {
        case "go":
            return buildGo(part, into, context);
        case "wheel":
            return unpackWheel(part, into, context);
    }
}

async function buildGo(part: GoPart, into: string, context: BuildContext): Promise<void> {
    const scratch = await mkdtemp(path.join(tmpdir(), "istio-canary-build-"));
    try {
        const overlay = await writeOverlay(part, scratch, context);
        const variables = Object.entries(part.variables ?? {}).map(([k, v]) => `-X ${k}=${v}`);
        for (const [program, pkg] of Object.entries(part.programs)) {
            const tags = part.programTags?.[program] ?? part.tags ?? [];
            await run(
                "go",
                [
                    "build",
                    "-mod=readonly",
                    "-trimpath",
                    "-buildvcs=false",
                    `-tags=${tags.join(",")}`,
                    `-ldflags=${["-s", "-w", ...variables].join(" ")}`,
                    ...overlay,
                    "-o",
                    path.join(into, "bin", program),
                    pkg,
                ],
                context,
            );
        }
        for (const file of part.files ?? []) {
            const from = path.join(await moduleSource(file.module, context), file.path);
            const to = path.join(into, "files", file.path);
            await cp(from, to, { recursive: true });
        }
        for (const [name, script] of Object.entries(part.scripts ?? {})) {
            const to = path.join(into, "bin", name);
            await cp(path.join(await moduleSource(script.module, context), script.path), to);
            await chmod(to, 0o755);
        }
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

/** Writes the embedded files to the scratch folder and overlays them on the module, so that the checkout stays unchanged. */
async function writeOverlay(
    part: GoPart,
    scratch: string,
    context: BuildContext,
): Promise<string[]> {
    if (part.embeds === undefined) {
        return [];
    }
    const replace: Record<string, string> = {};
    for (const [i, embed] of part.embeds.entries()) {
        const source = path.join(await moduleSource(embed.module, context), embed.path);
        const content = { ...JSON.parse(await readFile(source, "utf8")), ...embed.set };
        const file = path.join(scratch, `embed-${i}.json`);
        await writeFile(file, JSON.stringify(content));
        replace[path.join(context.moduleDir, embed.at)] = file;
    }
    const overlay = path.join(scratch, "overlay.json");
    await writeFile(overlay, JSON.stringify({ Replace: replace }));
    return [`-overlay=${overlay}`];
}

async function moduleSource(module: string, context: BuildContext): Promise<string> {
    await run("go", ["mod", "download", module], context);
    const list = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module];
    const { stdout } = await execa("go", list, { cwd: context.moduleDir, env: goEnvironment });
    return stdout.trim();
}

async function unpackWheel(part: WheelPart, into: string, context: BuildContext): Promise<void> {
    const target = path.join(into, "wheel");
    await run(
        "python3",
        [
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
            "--target",
            target,
            "--requirement",
            path.join(context.moduleDir, "requirements.txt"),
        ],
        context,
    );
    for (const [program, inside] of Object.entries(part.programs)) {
        const to = path.join(into, "bin", program);
        await rename(path.join(target, inside), to);
        await chmod(to, 0o755);
    }
    await rm(target, { recursive: true, force: true });
}

/** CGO_ENABLED=0: a static binary runs in any image. GOGC=400: fewer garbage collections make the compiler a fifth faster. */
const goEnvironment = { CGO_ENABLED: "0", GOGC: "400", GOFLAGS: "", GOWORK: "off" };

async function run(command: string, args: string[], context: BuildContext): Promise<void> {
    const log = createWriteStream(context.log, { flags: "a" });
    log.write(`$ ${command} ${args.join(" ")}\n`);
    const result = await execa(command, args, {
        cwd: context.moduleDir,
        env: goEnvironment,
        all: true,
        reject: false,
        signal: context.signal,
        stdin: "ignore",
    });
    await new Promise<void>((resolve) => log.end(`${result.all ?? ""}\n`, () => resolve()));
    if (result.failed) {
        const tail = String(result.all ?? "")
            .split("\n")
            .slice(-15)
            .join("\n");
        const reason = result.isCanceled
            ? "was interrupted"
            : `exited with code ${result.exitCode}`;
        throw new Error(`${command} ${args[0]} ${reason}\n${tail}\nFull log: ${context.log}`);
    }
}
