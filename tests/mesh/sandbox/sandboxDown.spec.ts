// `down` leaves nothing, whatever happened before: shown by the kernel's own lists. Beside a sandbox that stays up.
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
        // A second checkout, with a path that is hard on shells and too long for a unix socket.
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

    /** Everything on the machine that bears the sandbox's name, from /proc and /sys. */
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
            // A mount that another sandbox copied when it began is a name there, and nothing is behind it.
            const own = file === "mountinfo" && pid !== "self" ? `/run/${id}/containerd` : id;
            return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(own);
        } catch {
            return false; // It has ended meanwhile.
        }
    }

    async function up(untilSaid: RegExp): Promise<ChildProcess> {
        const child = spawn(process.execPath, command("sandbox", "up"), { stdio: "pipe" });
        for await (const chunk of child.stderr) {
            if (untilSaid.test(String(chunk))) {
                break;
            }
        }
        return child;
    }

    it("says that there is nothing when there is nothing", async () => {
        const { stdout, exitCode } = await canary("down");
        assert.equal(stdout, "There was nothing of the sandbox to remove.");
        assert.equal(exitCode, 0);
    });

    it("removes what an `up` that was killed in the middle has left", async () => {
        const child = await up(/kube-apiserver .* healthy/);
        child.kill("SIGKILL");
        await once(child, "exit");
        assert.notDeepEqual(onTheMachine(), nothing);
        const { stdout, exitCode } = await canary("down");
        assert.equal(exitCode, 0);
        assert.match(stdout, /^Removed \d+ processes, .*Nothing of the sandbox is left\.$/);
        assert.deepEqual(onTheMachine(), nothing);
    });

    it("leaves an interrupted `up` nothing to remove", async () => {
        const child = await up(/etcd .* healthy/);
        child.kill("SIGINT");
        assert.deepEqual(await once(child, "exit"), [2, null]);
        assert.deepEqual(onTheMachine(), nothing);
    });

    it("removes a whole cluster without its state on file, and not the neighbour's", async () => {
        assert.equal((await canary("up")).exitCode, 0);
        rmSync(path.join(checkout, ".sandbox", "state.json"));
        rmSync(path.join(checkout, ".sandbox", "parts"), { recursive: true });
        assert.equal((await canary("down")).exitCode, 0);
        assert.deepEqual(onTheMachine(), nothing);
        assert.equal(await links(), linksBefore);
        assert.equal(await sandboxCluster().kubectl("get", "--raw", "/readyz"), "ok");
    });

    it("keeps images, so that the next `up` imports none", async () => {
        const { stderr, exitCode } = await canary("up");
        assert.equal(exitCode, 0);
        assert.match(stderr, /images .* all there/);
    });
});
