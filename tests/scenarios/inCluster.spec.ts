// The driver as a Job in the cluster: its image, its rights, a pod of it that is killed, and both ends of a rollout.
import assert from "node:assert/strict";
import { execa } from "execa";
import { latestJournal } from "../../canary/driver/journal/journal";
import { CHECKOUT, COMMAND } from "../../dev/checkout";
import { network } from "../../dev/sandbox/layout";
import { type Cluster, sandboxCluster } from "../mesh/harness/cluster";
import { answering, quickAnalysis } from "../mesh/harness/driven";
import { LiveRollout } from "../mesh/harness/liveRollout";
import { hanging } from "../mesh/harness/podProcesses";
import { type Program, testProgram } from "../mesh/harness/program";
import { succeeded } from "../mesh/harness/succeeded";
import { DriverImage } from "./driverImage";
import {
    DRIVER,
    emptyClaim,
    JobOfDriver,
    lockOf,
    NAMESPACE,
    place,
    state,
    storage,
} from "./driverJob";

const prometheus = `http://${network.node}:${network.prometheusPort}`;

describe("the driver in the cluster", function () {
    this.timeout(600_000);
    let cluster: Cluster;
    let live: LiveRollout;
    let image: DriverImage;
    let program: Program;
    const rows: string[] = [];
    const say = (row: string) => {
        rows.push(row);
        console.log(`      ${row}`);
    };

    before(async function () {
        this.timeout(400_000);
        cluster = sandboxCluster();
        // A run that was killed may have left a rollout open.
        await emptyClaim();
        image = await DriverImage.build();
        await cluster.createNamespace(NAMESPACE);
        await cluster.apply(...storage(), {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "pulumi", namespace: NAMESPACE },
            stringData: {
                PULUMI_CONFIG_PASSPHRASE: cluster.env.PULUMI_CONFIG_PASSPHRASE ?? "",
            },
        });
        live = await LiveRollout.start({
            namespace: NAMESPACE,
            rate: 40,
            minutes: 25,
            config: (config) => {
                // The Role reaches no namespace object.
                delete config.createNamespace;
                config.ladder = [20, 100];
                const quick = {
                    minDwell: "10s",
                    bake: "10s",
                    holdback: 0,
                    warmUp: { latency: "5s" },
                    minRequests: 20,
                    blast: 0.05,
                };
                quickAnalysis(config, { ...quick, probe: false, latency: { enabled: false } });
            },
        });
        program = await testProgram(live.target, "driver");
        await program.configure({ namespace: NAMESPACE, stack: NAMESPACE, prometheus });
    });

    after(async function () {
        this.timeout(300_000);
        await program?.remove();
        await live?.stop();
        await cluster?.removeNamespace(NAMESPACE);
        await cluster?.kubectl("delete", "persistentvolume", NAMESPACE, "--ignore-not-found");
        await image?.remove();
        await emptyClaim();
        console.log(rows.join("\n"));
    });

    /** Another image, and so another Job; what its driver writes, from here on. */
    async function begin(tag: string): Promise<JobOfDriver> {
        await program.configure({ image: await image.tag(tag) });
        const before = await latestJournal(place);
        // What this hand's updates wrote is root's; the container's user writes there next.
        await execa("chown", ["-R", "1000:1000", state]);
        const job = new JobOfDriver(cluster, before);
        succeeded(await program.up());
        return job;
    }

    it("promotes a healthy canary, though its pod is deleted on the way", async () => {
        const job = await begin("1");
        await job.until(
            (one) => one.type === "phase" && one.weight === 20 && one.step === "routed",
        );
        const [pod = ""] = await job.pods();
        const { driver, weight } = await statusFromOutside();
        assert.ok(driver.live);
        assert.match(driver.holder, new RegExp(`^node@${pod}:\\d+$`));
        assert.equal(weight.written, 20);
        const deletedAt = await job.delete(pod);
        const resumed = await job.until(({ type }) => type === "resumed");
        const result = await job.end(live);
        say(
            `healthy, its pod deleted at weight 20: ${result.outcome} (weights ${result.weights.join(", ")}); another went on ${seconds(deletedAt, resumed)} later; ${result.failed} of ${result.requests} requests failed; ${await job.restarts()} restarts`,
        );
        assert.equal(result.outcome, "promoted", result.reason + result.stderr);
        assert.deepEqual(result.weights, [20, 100]);
        assert.equal(result.failed, 0);
        await live.routed(100, "v2");
    });

    it("says to a CHECKOUT both weights: its own, and the one that was reached", async () => {
        const { weight, driver } = await statusFromOutside();
        assert.deepEqual(weight, { configured: 0, written: 100 });
        assert.equal(driver.live, false);
    });

    it("has the rights that a rollout takes, and none beyond", async () => {
        const allowed = [
            "create deployments.apps",
            "patch virtualservices.networking.istio.io",
            "delete secrets",
            "create leases.coordination.k8s.io",
            "patch leases.coordination.k8s.io/web-canary",
            "list pods",
        ];
        const refused = [
            "get secrets -n kube-system",
            "get secrets -n istio-system",
            "patch virtualservices.networking.istio.io -n default",
            "patch leases.coordination.k8s.io/other-canary",
            "create roles.rbac.authorization.k8s.io",
            "bind roles.rbac.authorization.k8s.io",
            "create rolebindings.rbac.authorization.k8s.io",
            "create pods",
            "delete pods",
            "create pods --subresource=exec",
            "create serviceaccounts --subresource=token",
            "create jobs.batch",
            "list nodes",
            "create namespaces",
            "impersonate users",
        ];
        const as = await withTokenOf(cluster, "web-canary-driver");
        for (const one of allowed) assert.equal(await as(one), "yes", one);
        for (const one of refused) assert.equal(await as(one), "no", one);
        say(`rights: ${allowed.length} granted, ${refused.length} refused`);
    });

    it("hands the rollout over to a Job that replaces it, once its own update has ended", async () => {
        await live.stack.edit((config) => {
            config.weight = 0;
            config.ladder = [20, 50, 100];
        });
        // Made before: the update that is to be under way takes seconds.
        const next = await image.tag("3");
        await live.stack.edit((config) => {
            config.ladder = [20, 100];
        });
        await live.stack.up(undefined, ["--skip-preview"]);
        const job = await begin("2");
        await job.until((one) => one.type === "phase" && one.step === "wanted");
        const [pod = ""] = await job.pods();
        await program.configure({ image: next });
        const replacedAt = Date.now();
        succeeded(await program.up());
        assert.ok(!(await job.pods()).includes(pod), "the first driver is gone");
        const resumed = await job.until(({ type }) => type === "resumed");
        const result = await job.end(live);
        say(
            `healthy, its Job replaced in an update: ${result.outcome} (weights ${result.weights.join(", ")}); the next went on ${seconds(replacedAt, resumed)} later; ${result.failed} of ${result.requests} requests failed`,
        );
        assert.equal(result.outcome, "promoted", result.reason + result.stderr);
        assert.deepEqual(result.weights, [20, 100], "as it was begun");
        assert.equal(result.failed, 0);
    });

    it("takes back a failing one, though its node hangs in the middle of an update", async () => {
        await live.stack.edit((config) => {
            config.weight = 0;
            answering(config.versions.v2, "status=503:30");
        });
        await live.stack.up(undefined, ["--skip-preview"]);
        await live.available();
        await live.requests(500);
        const job = await begin("4");
        await job.until((one) => one.type === "phase" && one.step === "wanted");
        const [pod = ""] = await job.pods();
        const hang = await hanging({ target: live.target, namespace: NAMESPACE, selector: DRIVER });
        const lock = await lockOf();
        assert.ok(hang() > 3, "start.js, canary, pulumi and what that runs");
        assert.match(lock, new RegExp(pod));
        const deletedAt = await job.delete(pod, "--force", "--grace-period=0");
        const resumed = await job.until(({ type }) => type === "resumed");
        const result = await job.end(live);
        const cleared = result.records.find(
            (one) => one.type === "note" && one.text.startsWith("cleared the stack's lock"),
        );
        say(
            `failing, its pod hung in an update and deleted: ${result.outcome}; another went on ${seconds(deletedAt, resumed)} later; ${result.seconds?.toFixed(1)} s from first request to weight 0; ${result.failedAfter} failed after it; ${await job.restarts()} restarts`,
        );
        assert.equal(result.outcome, "rolledBack", result.reason + result.stderr);
        assert.ok(cleared, "the dead pod's lock");
        assert.match(result.reason, /^errors: /);
        assert.match(result.stderr, /rolled back: errors: /);
        assert.equal(result.failedAfter, 0);
    });
});

const seconds = (since: number, { at }: { at: number }) => `${((at - since) / 1_000).toFixed(1)} s`;

/** `kubectl auth can-i` with nothing but the token of a ServiceAccount. */
async function withTokenOf(cluster: Cluster, account: string) {
    const token = await cluster.kubectl("create", "token", account, "-n", NAMESPACE);
    const server = await cluster.kubectl(
        ...["config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"],
    );
    const flags = ["--kubeconfig=/dev/null", "--insecure-skip-tls-verify", `--token=${token}`];
    return async (what: string) => {
        const place = what.includes(" -n ") ? [] : ["-n", NAMESPACE];
        const args = ["auth", "can-i", ...what.split(" "), ...place, ...flags, "--server", server];
        const { stdout } = await execa("kubectl", args, { env: cluster.env, reject: false });
        return stdout.trim();
    };
}

/** What `istio-canary status` says in a CHECKOUT, which has nothing of the Job's but the stack's name. */
async function statusFromOutside() {
    const { env } = sandboxCluster();
    const args = [COMMAND, "status", "--stack", NAMESPACE, "--json"];
    const { stdout } = await execa(process.execPath, args, { cwd: CHECKOUT, env });
    return JSON.parse(stdout);
}
