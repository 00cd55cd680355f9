// Parsers of the state file and of /proc; an invalid state file counts as missing.
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

    it("reads a written state", () => {
        assert.deepEqual(parseState(JSON.stringify(state)), state);
    });

    for (const [what, text] of Object.entries({
        "a file cut off in the middle": JSON.stringify(state).slice(0, 40),
        "an empty file": "",
        "a port out of range": JSON.stringify({ ...state, ports: { ...state.ports, api: 0 } }),
        "another program's JSON": "[]",
    })) {
        it(`ignores ${what}`, () => assert.equal(parseState(text), undefined));
    }
});

describe("process identity", () => {
    it("finds the start time after a command name with spaces and parentheses", () => {
        const stat = `12 (a) b (c 9) S ${"0 ".repeat(18)}4711 0 0`;
        assert.deepEqual(parseStat(stat), { state: "S", startTime: 4711 });
    });

    it("is alive as long as its process, and does not match another process with the same PID", async () => {
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

    it("tracks by the pids controller of cgroup v1, and includes a v2 hierarchy beside it", () => {
        assert.deepEqual(parseHierarchies([...v1, ...v2].join("\n")), {
            all: ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"],
            tracking: "/sys/fs/cgroup/pids",
        });
    });

    it("tracks by cgroup v2 if no v1 hierarchy is mounted", () => {
        assert.deepEqual(parseHierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0"), {
            all: ["/sys/fs/cgroup"],
            tracking: "/sys/fs/cgroup",
        });
    });

    it("returns undefined if none is mounted", () => {
        assert.equal(parseHierarchies("proc /proc proc rw 0 0"), undefined);
    });
});

describe("remains", () => {
    const nothing = { processes: [], namespaces: [], mounts: [], cgroups: [], files: [] };

    it("reads mount points with spaces", () => {
        const line = String.raw`36 35 98:0 / /tmp/a\040b rw,noatime - ext4 /dev/root rw`;
        assert.deepEqual(parseMountPoints(`${line}\n`), ["/tmp/a b"]);
    });

    it("are nothing only if all lists are empty", () => {
        assert.equal(isNothing(nothing), true);
        assert.equal(isNothing({ ...nothing, cgroups: ["/sys/fs/cgroup/pids/canary-1"] }), false);
    });

    it("are described with counts, without empty lists", () => {
        assert.equal(
            describeRemains({ ...nothing, processes: [1, 2], mounts: ["/a"] }),
            "2 processes, 1 mount",
        );
    });
});
