// What is on file or in /proc is read for what it is, and a broken file is no file.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseHierarchies } from "../../../../dev/sandbox/node/cgroups";
import { bootId, identify, isAlive, parseStat } from "../../../../dev/sandbox/processes/processes";
import { describeRemains, isNothing, parseMountPoints } from "../../../../dev/sandbox/remains";
import { parseState } from "../../../../dev/sandbox/state";

describe("parseState", () => {
    const state = {
        id: "canary-01234567",
        bootId: "b",
        ports: { api: 20_000, prometheus: 20_002, http: 20_004, https: 20_006 },
        createdAt: "2026-01-01T00:00:00.000Z",
    };

    it("reads what it wrote", () => {
        assert.deepEqual(parseState(JSON.stringify(state)), state);
    });

    for (const [what, text] of Object.entries({
        "a file cut off in the middle": JSON.stringify(state).slice(0, 40),
        "an empty file": "",
        "a port out of range": JSON.stringify({ ...state, ports: { ...state.ports, api: 0 } }),
        "another program's JSON": "[]",
    })) {
        it(`takes ${what} for none`, () => assert.equal(parseState(text), undefined));
    }
});

describe("process identity", () => {
    it("finds the start time behind a command that looks like more fields", () => {
        const stat = `12 (a) b (c 9) S ${"0 ".repeat(18)}4711 0 0`;
        assert.deepEqual(parseStat(stat), { state: "S", startTime: 4711 });
    });

    it("is alive while the process is, and never another process of the same pid", async () => {
        const child = spawn("sleep", ["60"]);
        const identity = identify(child.pid ?? 0);
        assert.ok(identity);
        assert.equal(isAlive(identity), true);
        assert.equal(isAlive({ ...identity, startTime: identity.startTime - 1 }), false);
        assert.equal(isAlive({ ...identity, bootId: "an earlier boot" }), false);
        child.kill("SIGKILL");
        await once(child, "exit");
        assert.equal(isAlive(identity), false);
        assert.equal(identity.bootId, bootId());
    });
});

describe("parseHierarchies", () => {
    const v1 = [
        "cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0",
        "cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0",
    ];
    const v2 = ["cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0"];

    it("tracks by pids where version 1 is mounted, and looks in version 2 beside it too", () => {
        assert.deepEqual(parseHierarchies([...v1, ...v2].join("\n")), {
            all: ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"],
            tracking: "/sys/fs/cgroup/pids",
        });
    });

    it("tracks by the one of version 2 where that is all", () => {
        assert.deepEqual(parseHierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0"), {
            all: ["/sys/fs/cgroup"],
            tracking: "/sys/fs/cgroup",
        });
    });

    it("finds none where none is mounted", () => {
        assert.equal(parseHierarchies("proc /proc proc rw 0 0"), undefined);
    });
});

describe("remains", () => {
    const nothing = { processes: [], namespaces: [], mounts: [], cgroups: [], files: [] };

    it("reads mount points with spaces in them", () => {
        const line = String.raw`36 35 98:0 / /tmp/a\040b rw,noatime - ext4 /dev/root rw`;
        assert.deepEqual(parseMountPoints(`${line}\n`), ["/tmp/a b"]);
    });

    it("are nothing only when all lists are empty", () => {
        assert.equal(isNothing(nothing), true);
        assert.equal(isNothing({ ...nothing, cgroups: ["/sys/fs/cgroup/pids/canary-1"] }), false);
    });

    it("are counted in words, and what is not there is not mentioned", () => {
        assert.equal(
            describeRemains({ ...nothing, processes: [1, 2], mounts: ["/a"] }),
            "2 processes, 1 mount",
        );
    });
});
