// A rollback on the mesh: the route first, then `pulumi up` agrees, also after a `kill -9` between the two.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import type { JournalRecord, RollbackRecord } from "../../../canary/analysis/record/record";
import { CHECKOUT, COMMAND } from "../../../dev/checkout";
import { withoutPreview } from "../../../dev/sandbox/demo/stack";
import { answering, quickAnalysis, RunningDriver } from "../harness/driven";
import { LiveRollout } from "../harness/liveRollout";

interface Destination {
    readonly weight?: number;
}

const namespace = "mesh-route-first";
/** Seconds from the verdict to weight 0 in the API server; a `pulumi up` takes longer, and more so on a busy machine. */
const SOON = 3;

/** Values that only their receiver may see, by the config path of each. */
const SECRETS = {
    "secrets.v2.API_KEY": "planted-for-the-app",
    "canary:prometheus.bearerToken": "planted-for-prometheus",
    "canary:notifications[0].url": "http://127.0.0.1:9/planted-for-a-channel",
};

describe("a rollback by the route first", function () {
    this.timeout(400_000);
    let live: LiveRollout;
    /** What the driver wrote to its terminal. */
    let said = "";

    before(async () => {
        live = await LiveRollout.start({
            namespace,
            rate: 50,
            config: (config) => {
                quickAnalysis(config, { probe: false, latency: { enabled: false } });
                answering(config.versions.v2, "status=503:100");
                config["canary:notifications"] = [{ type: "slack", retries: 0 }];
            },
        });
        for (const [key, value] of Object.entries(SECRETS)) await live.stack.setSecret(key, value);
        await live.up();
    });

    after(() => live?.stop());

    const stepOf = (records: readonly JournalRecord[], step: RollbackRecord["step"]) =>
        records.find((record) => record.type === "rollback" && record.step === step);

    /** `pulumi preview` finds nothing to change, and the object in the cluster does not change either. */
    async function agrees(): Promise<void> {
        const before_ = await generation();
        const update = await live.stack.up(undefined, withoutPreview);
        assert.equal(update.exitCode, 0, update.output);
        assert.equal(await generation(), before_, "the update wrote the route again");
        const preview = await live.stack.preview();
        assert.equal(preview.exitCode, 0, preview.output);
        assert.doesNotMatch(preview.output, /to (update|create|delete|replace)/);
    }

    async function generation(): Promise<string> {
        const path = "-o=jsonpath={.metadata.generation}";
        const get = ["get", "virtualservice", "web", "-n", namespace, path];
        return (await live.target.kubectl(get)).stdout;
    }

    it("has weight 0 in the API server before Pulumi has begun to write, and Pulumi agrees", async () => {
        const result = await new RunningDriver(live).end();
        assert.equal(result.outcome, "rolledBack", result.stderr);
        const steps = result.records.flatMap((record) =>
            record.type === "rollback" ? `${record.step} ${record.seconds.toFixed(2)} s` : [],
        );
        console.log(`      ${steps.join(", ")}; ${result.failed} of ${result.requests} failed`);
        const written = stepOf(result.records, "written");
        assert.ok(written?.type === "rollback" && written.seconds < SOON, JSON.stringify(written));
        assert.match(written.reason, /^patched /);
        assert.equal(result.failedAfter, 0);
        said = result.stderr;
        assert.match(said, /127\.0\.0\.1:9/);
        await agrees();
    });

    it("shows its secrets nowhere", async () => {
        const folder = path.join(CHECKOUT, ".canary", namespace);
        const files = (await readdir(folder)).map((name) => path.join(folder, name));
        const journal = await Promise.all(files.map((file) => readFile(file, "utf8")));
        assert.ok(journal.some((text) => text.includes('"rolledBack"')));
        const options = { cwd: CHECKOUT, env: live.target.env, stdin: "ignore" } as const;
        const report = (args: readonly string[]) =>
            execa(process.execPath, [COMMAND, "report", "--stack", namespace, ...args], options);
        const kinds = "events,deployments,pods,virtualservices,destinationrules,leases,configmaps";
        const objects = await live.target.kubectl(["get", kinds, "-n", namespace, "-o=yaml"]);
        const places = {
            log: said,
            journal: journal.join(""),
            report: (await report(["--format", "html"])).stdout,
            summary: (await report(["--format", "markdown"])).stdout,
            objects: objects.stdout,
            state: await live.stack.state(),
        };
        for (const [place, text] of Object.entries(places)) {
            assert.ok(text.length > 100, place);
            for (const [key, secret] of Object.entries(SECRETS)) {
                const found = [secret, btoa(secret)].some((one) => text.includes(one));
                assert.equal(found, false, `${key} is in the ${place}`);
            }
        }
    });

    it("is told by Events on the VirtualService and both Deployments", async () => {
        const columns = "custom-columns=:.involvedObject.kind,:.involvedObject.name,:.reason";
        const { stdout } = await live.target.kubectl([
            ...["get", "events", "-n", namespace, "--no-headers", "-o", columns],
            ...["--field-selector", "reportingComponent=istio-canary"],
        ]);
        for (const object of ["VirtualService web", "Deployment web-v1", "Deployment web-v2"]) {
            const told = stdout.split("\n").map((line) => line.trim().replace(/ +/g, " "));
            const reasons = told.filter((line) => line.startsWith(`${object} `));
            for (const reason of ["RolloutStarted", "RollingBack", "RolloutRolledBack"]) {
                assert.ok(reasons.includes(`${object} ${reason}`), stdout);
            }
        }
    });

    it("sets weight 0 within seconds after kubectl has set weights, says each step, and can go on", async () => {
        const patch = {
            spec: {
                http: (await routes()).map((route) => ({ ...route, route: half(route.route) })),
            },
        };
        const type = ["--type=merge", "-p", JSON.stringify(patch)];
        await live.target.kubectl(["patch", "virtualservice", "web", "-n", namespace, ...type]);
        await live.routed(50, "v2");
        const args = [COMMAND, "rollback", "--stack", namespace];
        const since = Date.now();
        const rollback = execa(process.execPath, args, {
            ...{ cwd: CHECKOUT, env: live.target.env, stdin: "ignore", reject: false },
        });
        await live.routed(0, "v2");
        console.log(`      weight 0 after ${((Date.now() - since) / 1_000).toFixed(1)} s`);
        const { exitCode, stderr } = await rollback;
        assert.equal(exitCode, 0, stderr);
        assert.match(stderr, /rollback: written after .*: patched the route to weight 0/);
        assert.match(stderr, /rollback: engine after .*: updated in /);
        await agrees();
        // The next update must not meet a field conflict with kubectl.
        await live.shift(10);
        await live.shift(0);
    });

    /** The HTTP routes that the API server has. */
    async function routes(): Promise<{ route: Destination[] }[]> {
        const get = ["get", "virtualservice", "web", "-n", namespace, "-o=json"];
        return JSON.parse((await live.target.kubectl(get)).stdout).spec.http;
    }

    const half = (destinations: readonly Destination[]) =>
        destinations.map((one) => (one.weight === undefined ? one : { ...one, weight: 50 }));

    for (const way of ["--resume", "pulumi up"] as const) {
        it(`ends the same by ${way} after a kill -9 between the two`, async () => {
            const killed = new RunningDriver(live);
            await killed.until((one) => one.type === "rollback" && one.step === "written");
            killed.child.kill("SIGKILL");
            await killed.child;
            assert.equal(stepOf(killed.records, "engine"), undefined, "it was killed too late");
            assert.equal((await live.routed(0, "v2")).weights.v2 ?? 0, 0);
            if (way === "--resume") {
                const result = await new RunningDriver(live, ["--resume"]).end();
                assert.equal(result.outcome, "rolledBack", result.stderr);
                assert.equal(result.failed, 0);
            } else {
                // The killed driver's own update may still hold the lock.
                let update = await live.stack.up(undefined, withoutPreview);
                for (let tries = 0; update.exitCode !== 0 && tries < 5; tries++) {
                    update = await live.stack.up(undefined, withoutPreview);
                }
                assert.equal(update.exitCode, 0, update.output);
            }
            await agrees();
            assert.equal((await live.routed(0, "v2")).weights.v2 ?? 0, 0);
        });
    }
});
