// Image archives: their content, and when an image is rebuilt.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
    parseLdd,
    recipeFingerprint,
    writeImageArchive,
} from "../../../../dev/sandbox/images/archive";
import { type ImageRecipe, imageRecipes } from "../../../../dev/sandbox/images/recipes";

describe("writeImageArchive", () => {
    let dir: string;
    let recipe: ImageRecipe;
    before(async () => {
        dir = mkdtempSync(path.join(tmpdir(), "canary-image-"));
        recipe = {
            name: "sandbox/node:1",
            files: {
                "/usr/local/bin/program": { from: process.execPath },
                "/etc/passwd": { content: "root:x:0:0::/:/none\n" },
                "/tmp": { directory: true },
            },
            entrypoint: ["/usr/local/bin/program"],
            user: "1337:1337",
            env: { MODE: "test" },
        };
        await writeImageArchive(recipe, path.join(dir, "image.tar"));
        execFileSync("tar", ["-C", dir, "-xf", path.join(dir, "image.tar")]);
    });
    after(() => rmSync(dir, { recursive: true }));

    const manifest = () => JSON.parse(readFileSync(path.join(dir, "manifest.json"), "utf8"))[0];
    const layer = () => path.join(dir, manifest().Layers[0]);

    it("tags the image, and names its config and its layer by their hashes", () => {
        assert.deepEqual(manifest().RepoTags, ["sandbox/node:1"]);
        const text = readFileSync(path.join(dir, manifest().Config), "utf8");
        const hash = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
        assert.equal(manifest().Config, `${hash(text)}.json`);
        const { config, rootfs } = JSON.parse(text);
        assert.deepEqual(rootfs.diff_ids, [`sha256:${hash(readFileSync(layer()))}`]);
        assert.deepEqual(config.Entrypoint, ["/usr/local/bin/program"]);
        assert.equal(config.User, "1337:1337");
        assert.ok(config.Env.includes("MODE=test"));
    });

    it("contains the program, owned by root, with its shared libraries and loader", () => {
        const listed = execFileSync("tar", ["-tvf", layer()], { encoding: "utf8" });
        assert.match(listed, /^-rwx\S+ 0\/0 .* \.\/usr\/local\/bin\/program$/m);
        assert.match(listed, /libc\.so\.6$/m);
        assert.match(listed, /ld-linux[^/]*$/m);
        assert.match(listed, /^drwxrwxrwt 0\/0 .* \.\/tmp\/$/m);
    });

    it("leaves no temporary files beside the archive", () => {
        assert.deepEqual(
            readdirSync(dir).filter((name) => name.startsWith("image.tar")),
            ["image.tar"],
        );
    });

    it("leaves nothing behind if a file is missing", async () => {
        const broken = { ...recipe, files: { "/a": { from: path.join(dir, "absent") } } };
        await assert.rejects(writeImageArchive(broken, path.join(dir, "broken.tar")), /ENOENT/);
        assert.deepEqual(
            readdirSync(dir).filter((name) => name.startsWith("broken")),
            [],
        );
    });

    it("changes the fingerprint only if a file or the recipe changes", () => {
        const file = path.join(dir, "program");
        writeFileSync(file, "1");
        const small = { ...recipe, files: { "/program": { from: file } } };
        const before = recipeFingerprint(small);
        assert.equal(recipeFingerprint({ ...small }), before);
        assert.notEqual(recipeFingerprint({ ...small, user: "0" }), before);
        utimesSync(file, 1, 1);
        assert.notEqual(recipeFingerprint(small), before);
    });
});

describe("parseLdd", () => {
    it("returns libraries and the loader, not what the kernel provides", () => {
        const output = [
            "\tlinux-vdso.so.1 (0x00007ffd)",
            "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f01)",
            "\t/lib64/ld-linux-x86-64.so.2 (0x00007f02)",
        ].join("\n");
        assert.deepEqual(parseLdd(output), [
            "/lib/x86_64-linux-gnu/libm.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ]);
    });

    it("rejects a program with missing libraries", () => {
        assert.throws(
            () => parseLdd("\tlibnope.so.1 => not found"),
            new Error("Missing shared libraries:\n\tlibnope.so.1 => not found"),
        );
    });
});

describe("imageRecipes", () => {
    it("uses the image names of the sandbox's and the demo's manifests", () => {
        const recipes = imageRecipes({ bin: (name) => `/bin/${name}`, istioSource: "/istio" });
        assert.deepEqual(recipes.map(({ name }) => name).sort(), [
            "sandbox/coredns:1.15.0",
            "sandbox/fortio:1.68.1",
            "sandbox/k6:1.8.1",
            "sandbox/pause:1",
            "sandbox/pilot:1.28.3",
            "sandbox/proxyv2:1.28.3",
        ]);
    });
});
