// The toolchain: reports everything missing at once, and builds each part once and atomically.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";
import {
    debianPackages,
    type Machine,
    MissingPrerequisites,
    missingPrerequisites,
    ownProgramOnPath,
} from "../../../../dev/sandbox/toolchain/buildPrerequisites";
import { elapsed } from "../../../../dev/sandbox/toolchain/buildProgress";
import { buildGroups, executableName } from "../../../../dev/sandbox/toolchain/buildTool";
import { cacheKey, cacheRoot, filledOnce } from "../../../../dev/sandbox/toolchain/cache";
import { lock } from "../../../../dev/sandbox/toolchain/fileLock";
import { extraParts, parts } from "../../../../dev/sandbox/toolchain/parts";
import { isAtLeast } from "../../../../dev/sandbox/toolchain/pulumiOnPath";

describe("ownProgramOnPath", () => {
    let dir: string;
    before(async () => {
        dir = await mkdtemp(path.join(realpathSync(tmpdir()), "canary-path-"));
        for (const folder of ["cache/bin", "clone/.sandbox/bin", "own/bin", "links"]) {
            await mkdir(path.join(dir, folder), { recursive: true });
            if (folder !== "links") {
                await writeFile(path.join(dir, folder, "pulumi"), "");
            }
        }
        await symlink(path.join(dir, "cache/bin/pulumi"), path.join(dir, "links/pulumi"));
    });
    after(() => rm(dir, { recursive: true }));

    const found = (...folders: string[]) => {
        const search = folders.map((folder) => path.join(dir, folder)).join(":");
        return ownProgramOnPath("pulumi", path.join(dir, "cache"), search);
    };

    it("skips programs that this project built: the cache, links to it, and sandbox folders", () => {
        assert.equal(found("cache/bin", "links", "clone/.sandbox/bin"), undefined);
    });

    it("finds the user's own program after them", () => {
        const own = path.join(dir, "own/bin/pulumi");
        assert.equal(found("links", "clone/.sandbox/bin", "own/bin"), own);
    });
});

describe("missingPrerequisites", () => {
    const bare: Machine = {
        uid: 1000,
        platform: "linux-x64",
        exists: () => false,
        which: () => undefined,
    };
    const complete: Machine = {
        uid: 0,
        platform: "linux-x64",
        exists: () => true,
        which: (program) => `/usr/bin/${program}`,
    };
    const all = { go: true, wheels: true, node: true };

    it("reports everything that is missing at once, each with its fix", () => {
        const missing = missingPrerequisites(bare, all);
        assert.deepEqual(
            missing.map((m) => m.what),
            [
                "root",
                "go (1.26 or later)",
                "python3 with pip",
                Object.keys(debianPackages).join(", "),
            ],
        );
        const { message } = new MissingPrerequisites(missing);
        assert.match(message, /^Nothing was started\. Missing on this machine:/);
        assert.match(message, /apt-get install containerd runc containernetworking-plugins/);
        assert.match(message, /npm run demo -- --context NAME/);
    });

    it("reports nothing on a complete machine", () => {
        assert.deepEqual(missingPrerequisites(complete, all), []);
    });

    it("requires no compiler if everything is built, and no root without a node", () => {
        assert.deepEqual(missingPrerequisites(bare, { go: false, wheels: false, node: false }), []);
        const cached = missingPrerequisites(bare, { go: false, wheels: false, node: true });
        assert.ok(cached.every((m) => !m.what.startsWith("go")));
    });

    it("leaves Debian packages to apt if root can install them", () => {
        const fresh = { ...complete, exists: () => false };
        assert.deepEqual(missingPrerequisites(fresh, all), []);
    });
});

describe("filledOnce", () => {
    let root: string;
    beforeEach(async () => {
        root = await mkdtemp(path.join(tmpdir(), "toolchain-spec-"));
    });
    afterEach(() => rm(root, { recursive: true, force: true }));
    const noWait = () => assert.fail("no other process holds the lock");

    it("leaves nothing partial if the build fails, and builds again the next time", async () => {
        const dir = path.join(root, "part");
        const broken = filledOnce(
            dir,
            async (empty) => {
                await writeFile(path.join(empty, "half"), "");
                throw new Error("compiler failed");
            },
            noWait,
        );
        await assert.rejects(broken, /compiler failed/);
        assert.deepEqual(await readdir(root), []);
        await filledOnce(dir, (empty) => writeFile(path.join(empty, "whole"), ""), noWait);
        assert.deepEqual(await readdir(dir), ["whole"]);
    });

    it("builds once for two concurrent callers", async () => {
        const dir = path.join(root, "part");
        let builds = 0;
        const fill = async (empty: string) => {
            builds += 1;
            await writeFile(path.join(empty, "bin"), "");
        };
        await Promise.all([filledOnce(dir, fill, () => {}), filledOnce(dir, fill, () => {})]);
        assert.equal(builds, 1);
    });

    it("does not reuse the partial folder of a killed build", async () => {
        const dir = path.join(root, "part");
        await filledOnce(
            `${dir}.partial`,
            (empty) => writeFile(path.join(empty, "old"), ""),
            noWait,
        );
        await filledOnce(dir, (empty) => writeFile(path.join(empty, "new"), ""), noWait);
        assert.deepEqual(await readdir(dir), ["new"]);
    });
});

describe("lock", () => {
    it("is acquired from a dead process", async () => {
        const root = await mkdtemp(path.join(tmpdir(), "lock-spec-"));
        const file = path.join(root, "lock");
        const dead = spawnSync(process.execPath, ["-e", ""]).pid;
        await writeFile(file, `${dead} 1`);
        const held = await lock(file, () => assert.fail("the holder is dead"));
        await held.release();
        assert.equal(existsSync(file), false);
        await rm(root, { recursive: true });
    });
});

describe("cacheKey", () => {
    it("changes with the pinned module and the flags, and is otherwise stable", async () => {
        const dir = await mkdtemp(path.join(tmpdir(), "key-spec-"));
        await writeFile(path.join(dir, "go.mod"), "module a\n");
        const part = parts.find((p) => p.name === "fortio");
        assert.ok(part?.kind === "go");
        const key = await cacheKey(part, dir);
        assert.match(key, /^fortio-1\.68\.1-[0-9a-f]{10}$/);
        assert.equal(await cacheKey(part, dir), key);
        assert.notEqual(await cacheKey({ ...part, tags: ["netgo"] }, dir), key);
        await writeFile(path.join(dir, "go.mod"), "module b\n");
        assert.notEqual(await cacheKey(part, dir), key);
        await rm(dir, { recursive: true });
    });
});

describe("buildGroups", () => {
    const groupsOf = (name: string) => {
        const part = parts.find((p) => p.name === name);
        assert.ok(part?.kind === "go");
        return buildGroups(part).map(({ tags, programs }) => [tags, Object.keys(programs)]);
    };

    it("builds the programs of the same tags together", () => {
        assert.deepEqual(groupsOf("istio"), [
            ["vtprotobuf,disable_pgv", ["pilot-discovery", "istioctl"]],
            ["vtprotobuf,disable_pgv,agent", ["pilot-agent"]],
        ]);
        assert.equal(groupsOf("kubernetes").length, 1);
    });
});

describe("executableName", () => {
    for (const [pkg, expected] of [
        ["k8s.io/kubernetes/cmd/kubelet", "kubelet"],
        ["go.etcd.io/etcd/server/v3", "server"],
        ["./resource-kubernetes", "resource-kubernetes"],
        [".", "coredns"],
    ] as const) {
        it(`of ${pkg} is ${expected}`, () => {
            assert.equal(executableName(pkg, "coredns"), expected);
        });
    }

    it("is different for the programs of a part", () => {
        for (const part of parts) {
            if (part.kind !== "go") continue;
            const names = Object.values(part.programs).map((pkg) => executableName(pkg, part.name));
            assert.deepEqual([...new Set(names)], names);
        }
    });
});

describe("parts", () => {
    it("have those that no rollout needs at the end", () => {
        const names = parts.map(({ name }) => name);
        assert.deepEqual(names.slice(-extraParts.length), extraParts);
    });

    it("pin promtool and Prometheus to the same release", async () => {
        const pinned = async (part: string) => {
            const file = path.join(CHECKOUT, "dev", "sandbox", "toolchain", part, "go.mod");
            return /prometheus\/prometheus v\S+/.exec(await readFile(file, "utf8"))?.[0];
        };
        assert.ok(await pinned("prometheus"));
        assert.equal(await pinned("promtool"), await pinned("prometheus"));
    });
});

describe("cacheRoot", () => {
    it("follows XDG_CACHE_HOME", () => {
        assert.equal(cacheRoot({ XDG_CACHE_HOME: "/var/tmp/c" }), "/var/tmp/c/istio-canary");
    });
});

describe("isAtLeast", () => {
    for (const [version, expected] of [
        ["3.216.0", true],
        ["3.216.1-alpha.5+dirty", true],
        ["4.0.0", true],
        ["3.215.9", false],
        ["3.99.0", false],
        ["", false],
    ] as const) {
        it(`${expected ? "accepts" : "rejects"} ${version || "an empty version"}`, () => {
            assert.equal(isAtLeast(version, "3.216.0"), expected);
        });
    }
});

describe("elapsed", () => {
    it("formats seconds, and minutes with seconds", () => {
        assert.deepEqual([900, 59_400, 60_000, 385_000].map(elapsed), [
            "1s",
            "59s",
            "1m00s",
            "6m25s",
        ]);
    });
});
