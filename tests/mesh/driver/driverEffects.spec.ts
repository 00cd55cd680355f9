// What the driver does to Pulumi, the cluster and the disk, one effect at a time, on the real ones.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../../canary/driver/kubernetes/mesh";
import { kubernetesLease } from "../../../canary/driver/lease/lease";
import { readLease, requestControl } from "../../../canary/driver/lease/leaseView";
import { newPolling } from "../../../canary/driver/loop/context";
import { rollBack } from "../../../canary/driver/loop/rollback";
import { RolloutLog } from "../../../canary/driver/loop/rolloutLog";
import type {
    Engine,
    EngineResult,
    Journal,
    Mesh,
    Ports,
    Propagation,
} from "../../../canary/driver/ports";
import { openEngine } from "../../../canary/driver/pulumi/engine";
import { systemClock } from "../../../canary/driver/systemClock";
import { processAlive } from "../../../canary/driver/thisProcess";
import { CHECKOUT } from "../../../dev/checkout";
import { failed } from "../../../dev/sandbox/demo/requests";
import { started } from "../../fixtures/analysis/settings";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { LiveRollout } from "../harness/liveRollout";

const namespace = "mesh-effects";
const configFile = path.join(CHECKOUT, `Pulumi.${namespace}.yaml`);
const place = { namespace, app: "web" };
const program = {
    directory: CHECKOUT,
    policyPack: path.join(CHECKOUT, "policy"),
};

describe("the driver's effects", () => {
    const before_ = { ...process.env };
    const children: ChildProcess[] = [];
    let live: LiveRollout;
    let cluster: Cluster;
    let kubernetes: Kubernetes;
    let engine: Engine;
    let mesh: Mesh;

    before(async () => {
        live = await LiveRollout.start({ namespace, rate: 20 });
        Object.assign(process.env, live.target.env);
        cluster = sandboxCluster();
        kubernetes = new Kubernetes({});
        mesh = kubernetesMesh(kubernetes, place);
        engine = await openEngine({ ...program, stack: namespace });
    });

    after(async () => {
        for (const child of children) kill(child);
        await live?.stop();
        for (const key of Object.keys(process.env)) {
            if (!(key in before_)) delete process.env[key];
        }
        Object.assign(process.env, before_);
    });

    function kill({ pid, exitCode, signalCode }: ChildProcess, group = false): void {
        if (pid === undefined || exitCode !== null || signalCode !== null) return;
        process.kill(group ? -pid : pid, "SIGKILL");
    }

    /** A process that runs until it is killed, or ends. */
    function start(file: string, args: readonly string[]): ChildProcess {
        const options = { cwd: CHECKOUT, env: process.env, detached: true } as const;
        const child = spawn(file, args, options);
        children.push(child);
        return child;
    }

    const driver = (...args: string[]) =>
        start(process.execPath, [
            "--require",
            "tsx/cjs",
            "tests/mesh/harness/driverProcess.ts",
            ...args,
        ]);

    async function says(child: ChildProcess, word: string): Promise<void> {
        let said = "";
        for await (const data of child.stdout ?? []) {
            said += String(data);
            if (said.includes(word)) return;
        }
        assert.fail(`${word} was never said, but: ${said}`);
    }

    function done(result: EngineResult): void {
        assert.ok(result.ok, JSON.stringify(result));
    }

    async function virtualService() {
        const found = await cluster.kubectl("get", "vs", "web", "-n", namespace, "-o", "json");
        return JSON.parse(found) as { metadata: { generation: number }; spec: unknown };
    }

    async function locks(): Promise<number> {
        const folder = fileURLToPath(new URL(process.env.PULUMI_BACKEND_URL ?? ""));
        const files = await readdir(path.join(folder, ".pulumi", "locks"), { recursive: true });
        return files.filter((file) => file.includes(namespace) && file.endsWith(".json")).length;
    }

    const canaryShare = async () => (await mesh.written())?.shares.v2;

    describe("on the config", () => {
        it("says that there is no such stack, and leaves the selected one selected", async () => {
            const selected = () =>
                execa("pulumi", ["stack", "--show-name"], { cwd: CHECKOUT, reject: false });
            const { stdout } = await selected();
            await assert.rejects(
                openEngine({ ...program, stack: "none", selected: stdout }),
                /^Error: Stack none could not be opened: error: no stack named 'none' found$/,
            );
            assert.equal((await selected()).stdout, stdout);
        });

        it("reads it as Pulumi has it, and writes one value without touching another line", async () => {
            const text = await readFile(configFile, "utf8");
            const noted = text.replace(/^.*istio-canary:weight: .*$/m, "  # Mine.\n$&");
            await writeFile(configFile, noted);
            const { rollout } = await engine.config();
            assert.deepEqual([rollout.weight, rollout.weightKey], [0, "istio-canary:weight"]);
            assert.equal(await engine.configuredWeight(), 0);
            await engine.setConfig({ weight: 10 });
            assert.equal(await engine.configuredWeight(), 10);
            const changed = (await readFile(configFile, "utf8")).split("\n");
            const lines = noted.split("\n");
            assert.deepEqual(
                changed.filter((line, index) => line !== lines[index]),
                ['  istio-canary:weight: "10"'],
            );
        });
    });

    describe("on the engine", () => {
        it("previews what a rule refuses, and gives back its text", async () => {
            await engine.setConfig({ weight: 50 });
            const { generation } = (await virtualService()).metadata;
            const result = await engine.preview();
            assert.ok(!result.ok && result.why === "refused", JSON.stringify(result));
            assert.match(
                result.reason,
                /weight-step.*\n?.*weight of subset v2: expected at most 10 after 0 .*, got 50/,
            );
            assert.equal((await virtualService()).metadata.generation, generation);
        });

        it("previews what a config refuses, and gives back its text", async () => {
            await engine.setConfig({ weight: 101 });
            const result = await engine.preview();
            assert.ok(!result.ok && result.why === "refused", JSON.stringify(result));
            assert.match(result.reason, /weight: expected .*, got 101/);
        });

        it("updates what no rule refuses", async () => {
            await engine.setConfig({ weight: 10 });
            done(await engine.preview());
            done(await engine.update());
            assert.deepEqual(await mesh.written(), { shares: { v1: 90, v2: 10 }, stable: "v1" });
            assert.deepEqual(await mesh.pods("v2"), { ready: 1, wanted: 1 });
        });

        it("ends an update in order when it is interrupted", async () => {
            await engine.setConfig({ weight: 25 });
            const controller = new AbortController();
            const update = engine.update(controller.signal);
            setTimeout(() => controller.abort(), 2_000);
            await update;
            done(await engine.update());
            assert.equal(await canaryShare(), 25);
        });

        it("ends a preview whose driver is killed", async () => {
            const previews = async () => {
                const { stdout } = await execa("ps", ["-eo", "args"]);
                return stdout.split("\n").filter((line) => {
                    return / preview /.test(line) && line.includes(namespace);
                });
            };
            const child = driver("preview", namespace);
            await says(child, "previewing");
            await eventually("a preview", 10, previews, (found) => found.length > 0);
            child.kill("SIGKILL");
            await eventually("its end", 20, previews, (found) => found.length === 0);
        });

        it("finishes an update whose driver is killed", async () => {
            await engine.setConfig({ weight: 10 });
            const child = driver("update", namespace);
            await says(child, "updating");
            await eventually("its lock", 60, locks, (count) => count === 1);
            kill(child);
            assert.equal(await canaryShare(), 25);
            await eventually("the update", 90, canaryShare, (share) => share === 10);
            const after = await eventually(
                "the lock",
                60,
                () => engine.update(),
                ({ ok }) => ok,
            );
            done(after);
        });
    });

    describe("past the engine, and with another's lock", () => {
        let holder: ChildProcess;

        it("waits for the lock of a process that lives", async () => {
            await live.stack.edit(({ versions: { v2 } }) => {
                v2.probes = { readiness: { httpGet: { path: "/?status=503" }, periodSeconds: 1 } };
            });
            holder = start("pulumi", [
                ...["up", "--yes", "--skip-preview", "--non-interactive"],
                ...["--stack", namespace],
            ]);
            await eventually(
                "a pod of the broken canary",
                60,
                () =>
                    cluster.kubectl("get", "rs", "-n", namespace, "-l", "version=v2", "-o", "name"),
                (sets) => sets.trim().split("\n").length > 1,
            );
            const result = await engine.update();
            assert.ok(!result.ok && result.why === "locked", JSON.stringify(result));
            assert.match(result.reason, new RegExp(`pid ${holder.pid}`));
            const { cleared, reason } = await engine.unlock();
            assert.equal(cleared, false);
            assert.match(reason, new RegExp(`pid ${holder.pid}\\), which is running`));
        });

        it("takes weight 0 to the proxies meanwhile", async () => {
            assert.equal(await canaryShare(), 10);
            const began = Date.now();
            await mesh.resetWeights();
            const patched = Date.now();
            assert.equal(await canaryShare(), 0);
            const { since } = await live.routed(0, "v2");
            console.log(
                `      patched in ${patched - began} ms, routed ${since - began} ms after the verdict`,
            );
        });

        it("clears the lock of a process that was killed", async () => {
            // Pulumi's plugins are no part of its group, and outlive it.
            const { stdout } = await execa("pgrep", ["-P", String(holder.pid)], { reject: false });
            kill(holder, true);
            await once(holder, "exit");
            for (const pid of stdout.split("\n").filter(Boolean).map(Number)) {
                if (processAlive(pid)) process.kill(pid, "SIGKILL");
            }
            await engine.setConfig({ weight: 0 });
            const locked = await engine.update();
            assert.ok(!locked.ok && locked.why === "locked", JSON.stringify(locked));
            assert.equal((await engine.unlock()).cleared, true);
        });

        it("leaves an update nothing to fight over, then and later", async () => {
            const { metadata, spec } = await virtualService();
            done(await engine.update());
            const after = await virtualService();
            assert.deepEqual(after.spec, spec);
            assert.equal(after.metadata.generation, metadata.generation);
            await live.stack.edit(({ versions: { v2 } }) => {
                v2.probes = { readiness: { httpGet: { path: "/?status=200" }, periodSeconds: 1 } };
            });
            done(await engine.update());
            await engine.setConfig({ weight: 10 });
            done(await engine.update());
            assert.equal(await canaryShare(), 10);
        });
    });

    describe("on the way back", () => {
        for (const time of ["first", "second", "third"]) {
            it(`ends in the proxies, soon after the verdict: the ${time} time`, async () => {
                await engine.setConfig({ weight: 10 });
                done(await engine.update());
                await live.routed(10, "v2");
                const sent = live.client.requests.length;
                const steps: string[] = [];
                const journal: Journal = {
                    records: [],
                    append: async (body) => {
                        if (body.type === "rollback") {
                            steps.push(`${body.step} ${body.seconds.toFixed(2)} s`);
                        }
                        return { ...body, seq: steps.length, at: Date.now() };
                    },
                };
                const propagation: Propagation = {
                    async wait(weight, since) {
                        const { settled } = await live.routed(weight, "v2");
                        const seconds = (settled - since) / 1_000;
                        return { seconds, evidence: "the client's proxy has it" };
                    },
                };
                const log = await RolloutLog.begin(journal, started({}, { weight: 10 }));
                const ports = { clock: systemClock, engine, mesh, propagation };
                const { signal } = new AbortController();
                const parts = { log, polling: newPolling(), signal, emergency: false };
                const run = { ...parts, ports: ports as unknown as Ports };
                const ended = await rollBack(run, "a test");
                assert.equal(ended.outcome, "rolledBack");
                assert.equal(await engine.configuredWeight(), 0);
                console.log(`      ${steps.join(", ")}`);
                assert.deepEqual(live.client.requests.slice(sent).filter(failed), []);
            });
        }
    });

    describe("on the Lease", () => {
        const lease = () => kubernetesLease(kubernetes, place, systemClock);

        it("refuses a second driver, and takes over at once from one that was killed", async () => {
            const child = driver("lease", namespace, "web");
            await says(child, "held");
            await assert.rejects(lease().acquire(), ({ name, message }: Error) => {
                assert.equal(name, "LeaseHeld");
                assert.match(
                    message,
                    new RegExp(`:${child.pid} drives this rollout: .* \\d+ s ago`),
                );
                return true;
            });
            kill(child);
            await once(child, "exit");
            const mine = lease();
            await mine.acquire();
            const view = await readLease(kubernetes, place, Date.now());
            assert.match(view?.holder ?? "", new RegExp(`:${process.pid}$`));
            assert.equal(view?.live, true);
            await mine.release();
            assert.equal((await readLease(kubernetes, place, Date.now()))?.holder, undefined);
        });

        it("carries what people ask, and what the driver says", async () => {
            const ask = (control: "pause" | "resume") =>
                requestControl(kubernetes, place, control, "ann", Date.now());
            await assert.rejects(ask("pause"), /no driver runs for mesh-effects\/web/);
            const mine = lease();
            await mine.acquire();
            await Promise.all([ask("pause"), ask("pause")]);
            await ask("resume");
            const found = await mine.controls();
            const asked = found.map(({ control, by }) => `${control} by ${by}`);
            for (const { id } of found) mine.recorded(id);
            assert.deepEqual(asked, ["pause by ann", "pause by ann", "resume by ann"]);
            assert.equal((await readLease(kubernetes, place, Date.now()))?.waiting.length, 3);
            assert.deepEqual(await mine.controls(), []);
            const status = {
                id: "web-20261121T131200Z",
                weight: 10,
                phaseStartedAt: 1,
                state: "paused",
                reason: "ann",
            } as const;
            await mine.show(status);
            const view = await readLease(kubernetes, place, Date.now());
            assert.deepEqual([view?.status, view?.waiting], [status, []]);
            await mine.release();
        });

        it("is taken over from another host that has not renewed it for long", async () => {
            const spec = { holderIdentity: "bob@gone:7", renewTime: "2026-01-01T00:00:00.000000Z" };
            await patchLease(spec);
            const mine = lease();
            await mine.acquire();
            await mine.release();
        });

        it("tells its holder that somebody else has it", async () => {
            const mine = lease();
            await mine.acquire();
            await patchLease({ holderIdentity: "bob@there:7" });
            if (!mine.lost.aborted) await once(mine.lost, "abort");
            assert.match(
                String(mine.lost.reason),
                /mesh-effects\/web-canary was lost: it is held by bob@there:7/,
            );
            await mine.release();
            const view = await readLease(kubernetes, place, Date.now());
            assert.equal(view?.holder, "bob@there:7");
        });

        async function patchLease(spec: object): Promise<void> {
            const patch = ["--type=merge", "-p", JSON.stringify({ spec })];
            await cluster.kubectl("patch", "lease", "web-canary", "-n", namespace, ...patch);
        }
    });
});
