// `down` leaves nothing in the kernel's lists, in any prior state, while this checkout's sandbox stays up.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
    cpSync,
    existsSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxId } from "../../../dev/sandbox/layout";
import { sandboxCluster } from "../harness/cluster";

describe("istio-canary sandbox down", () => {
    let checkout: string;
    let id: string;
    let linksBefore: string;

    before(async () => {
        // A second checkout, with a path that needs shell quoting and is too long for a Unix socket.
        const parent = mkdtempSync(path.join(realpathSync(tmpdir()), "canary two's "));
        checkout = path.join(parent, "a".repeat(100));
        for (const copied of ["canary", "dev/sandbox", "dev/checkout.ts"]) {
            cpSync(path.join(CHECKOUT, copied), path.join(checkout, copied), { recursive: true });
        }
        for (const shared of ["rollout", "node_modules", "package.json"]) {
            symlinkSync(path.join(CHECKOUT, shared), path.join(checkout, shared));
        }
        id = sandboxId(checkout);
        linksBefore = await links();
    });

    after(async () => {
        await canary("down");
        rmSync(path.dirname(checkout), { recursive: true, force: true });
    });

    const command = (...args: string[]) => [
        path.join(checkout, "canary", "bin", "istio-canary.js"),
        ...args,
    ];
    const canary = (...args: string[]) =>
        execa(process.execPath, command("sandbox", ...args), { reject: false });
    const links = async () => (await execa("ip", ["-brief", "link"])).stdout;

    /** Everything on the machine with the sandbox's ID, from /proc and /sys. */
    const onTheMachine = () => ({
        processes: readdirSync("/proc").filter(
            (pid) =>
                /^\d+$/.test(pid) && ["cgroup", "mountinfo"].some((file) => mentions(pid, file)),
        ),
        mounts: mentions("self", "mountinfo"),
        cgroups: readdirSync("/sys/fs/cgroup", { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map(({ name }) => (name === id ? name : `${name}/${id}`))
            .filter((name) => existsSync(path.join("/sys/fs/cgroup", name))),
        run: existsSync(`/run/${id}`),
    });
    const nothing = { processes: [], mounts: false, cgroups: [], run: false };

    function mentions(pid: string, file: string): boolean {
        try {
            // Another sandbox's mount namespace may list copies of this one's mounts, which have no effect.
            const own = file === "mountinfo" && pid !== "self" ? `/run/${id}/containerd` : id;
            return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(own);
        } catch {
            return false; // The process has exited meanwhile.
        }
    }

    /** Starts `up`. @returns its process once its stderr matches the pattern. */
    async function up(untilPrinted: RegExp): Promise<ChildProcess> {
        const child = spawn(process.execPath, command("sandbox", "up"), { stdio: "pipe" });
        for await (const chunk of child.stderr) {
            if (untilPrinted.test(String(chunk))) {
                break;
            }
        }
        return child;
    }

    it("reports that there is nothing to remove", async () => {
        const { stdout, exitCode } = await canary("down");
        assert.equal(stdout, "Nothing to remove.");
        assert.equal(exitCode, 0);
    });

    it("removes what a killed `up` left", async () => {
        const child = await up(/kube-apiserver .* healthy/);
        child.kill("SIGKILL");
        await once(child, "exit");
        assert.notDeepEqual(onTheMachine(), nothing);
        const { stdout, exitCode } = await canary("down");
        assert.equal(exitCode, 0);
        assert.match(stdout, /^Removed \d+ processes, .*Nothing is left\.$/);
        assert.deepEqual(onTheMachine(), nothing);
    });

    it("finds nothing left by an interrupted `up`", async () => {
        const child = await up(/etcd .* healthy/);
        child.kill("SIGINT");
        assert.deepEqual(await once(child, "exit"), [2, null]);
        assert.deepEqual(onTheMachine(), nothing);
    });

    it("removes a cluster without its state file, and leaves another checkout's sandbox alone", async () => {
        assert.equal((await canary("up")).exitCode, 0);
        rmSync(path.join(checkout, ".sandbox", "state.json"));
        rmSync(path.join(checkout, ".sandbox", "parts"), { recursive: true });
        assert.equal((await canary("down")).exitCode, 0);
        assert.deepEqual(onTheMachine(), nothing);
        assert.equal(await links(), linksBefore);
        assert.equal(await sandboxCluster().kubectl("get", "--raw", "/readyz"), "ok");
    });

    it("keeps the images, so that the next `up` imports none", async () => {
        const { stderr, exitCode } = await canary("up");
        assert.equal(exitCode, 0);
        assert.match(stderr, /images .* up to date/);
    });
});
