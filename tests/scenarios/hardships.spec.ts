// What happens around a rollout that is none of the canary's doing: no traffic, no Prometheus, hands that edit, pods that go.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answering, quickAnalysis, RunningDriver, redeploy } from "../mesh/harness/driven";
import { LiveRollout } from "../mesh/harness/liveRollout";
import { pauseClient } from "../mesh/harness/podProcesses";

const RATE = 100;
const routed = (weight: number) => (r: RunningDriver["records"][number]) =>
    r.type === "phase" && r.weight === weight && r.step === "routed";

/** Prometheus as the driver reaches it, until it is taken away. */
class Passage {
    private constructor(
        private readonly server: Server,
        readonly url: string,
        private away: boolean,
    ) {}

    static async to(prometheus: string): Promise<Passage> {
        let passage: Passage | undefined;
        const server = createServer(async (request, response) => {
            if (passage?.away) {
                request.socket.destroy();
                return;
            }
            const chunks: Buffer[] = [];
            for await (const chunk of request) chunks.push(chunk);
            const answer = await fetch(`${prometheus}${request.url}`, {
                method: "POST",
                headers: { "content-type": request.headers["content-type"] ?? "" },
                body: Buffer.concat(chunks),
            });
            response.writeHead(answer.status, { "content-type": "application/json" });
            response.end(await answer.text());
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        passage = new Passage(server, `http://127.0.0.1:${port}`, false);
        return passage;
    }

    takeAway(): void {
        this.away = true;
    }

    close(): void {
        this.server.close();
        this.server.closeAllConnections();
    }
}

describe("a rollout in hard times", () => {
    let live: LiveRollout;
    const rows: string[] = [];
    const say = (row: string) => {
        rows.push(row);
        console.log(`      ${row}`);
    };

    before(async function () {
        this.timeout(300_000);
        live = await LiveRollout.start({
            namespace: "mesh-hardships",
            rate: RATE,
            minutes: 40,
            config: (config) => quickAnalysis(config),
        });
    });

    after(async () => {
        await live?.stop();
        console.log(rows.join("\n"));
    });

    const fresh = (parameters: string, analysis: object = {}) =>
        redeploy(live, RATE, parameters, analysis);

    it("S7: goes back while a pod of the stable is drained", async () => {
        await fresh("status=503:50");
        const driver = new RunningDriver(live);
        await driver.until(routed(10));
        const pods = ["get", "pods", "-n", live.namespace, "-l", "version=v1", "-o", "name"];
        const [pod = ""] = (await live.target.kubectl(pods)).stdout.split("\n");
        await live.target.kubectl(["delete", "-n", live.namespace, pod, "--wait=false"]);
        const result = await driver.end();
        say(
            `S7 stable pod drained: ${result.outcome}, ${result.seconds?.toFixed(1)} s, ${result.failed} failed, ${result.failedAfter} after weight 0`,
        );
        assert.equal(result.outcome, "rolledBack", result.stderr);
        assert.equal(result.failedAfter, 0);
    });

    it("S10: never passes without Prometheus, says so, and goes back after blindLimit", async () => {
        await fresh("", { blindLimit: "30s" });
        const passage = await Passage.to(live.target.env.PROMETHEUS_URL ?? "");
        const driver = new RunningDriver(live, [], { PROMETHEUS_URL: passage.url });
        await driver.until(routed(10));
        passage.takeAway();
        const result = await driver.end();
        passage.close();
        say(`S10 Prometheus away: ${result.outcome}: ${result.reason}`);
        assert.equal(result.outcome, "rolledBack", result.stderr);
        assert.match(result.reason, /^data: no counts for \d+ s \(unreachable\): /);
        assert.deepEqual(result.weights, [10]);
        assert.equal(result.failed, 0);
    });

    it("S12: stops with both values when a hand edits the VirtualService, and leaves it", async () => {
        await fresh("");
        const driver = new RunningDriver(live);
        await driver.until(routed(10));
        const path = "/spec/http/-1/route";
        const get = ["get", "virtualservice", "web", "-n", live.namespace, "-o", "json"];
        const http = JSON.parse((await live.target.kubectl(get)).stdout).spec.http;
        const last = http.length - 1;
        const patch = [0, 1].map((index) => ({
            op: "replace",
            path: `${path.replace("-1", String(last))}/${index}/weight`,
            value: http[last].route[index].destination.subset === "v2" ? 33 : 67,
        }));
        await live.target.kubectl([
            ...["patch", "virtualservice", "web", "-n", live.namespace],
            ...["--type=json", "-p", JSON.stringify(patch)],
        ]);
        const result = await driver.end();
        say(`S12 edited by hand: ${result.outcome}: ${result.reason}`);
        assert.equal(result.outcome, "held", result.stderr);
        assert.match(result.reason, /the weight in the route: expected 10, got 33/);
        await live.routed(33, "v2");
    });

    it("S14: holds when another version is put under the canary, and does not deploy it", async () => {
        await fresh("");
        const driver = new RunningDriver(live);
        await driver.until(routed(10));
        await live.stack.edit((config) => answering(config.versions.v2, "status=503:50"));
        const result = await driver.end();
        say(`S14 pushed during a rollout: ${result.outcome}: ${result.reason}`);
        assert.equal(result.outcome, "held", result.stderr);
        assert.match(result.reason, /^weight 25 was not set: slot-in-use: [\s\S]*status=503:50/);
        assert.deepEqual(result.weights, [10]);
        assert.equal(result.failed, 0);
        await live.routed(10, "v2");
    });

    it("S11: another driver is refused while one runs, and told who has it", async () => {
        await fresh("");
        const first = new RunningDriver(live);
        await first.until(routed(10));
        const second = await new RunningDriver(live).end();
        assert.equal(second.exitCode, 2);
        assert.match(second.stderr, /Lease/);
        say(`S11 a second driver: exit ${second.exitCode}: ${second.stderr.trim().split("\n")[0]}`);
        first.child.kill("SIGTERM");
        const { exitCode } = await first.child;
        assert.equal(exitCode, 1);
        const resumed = await new RunningDriver(live, ["--resume"]).end();
        say(`S11 stopped and resumed: ${resumed.outcome}, ${resumed.failed} failed`);
        assert.equal(resumed.outcome, "promoted", resumed.stderr);
    });

    it("S15: goes back within seconds of istiod's return, whose webhook refused the route until then", async () => {
        const scale = (replicas: number) => [
            ...["scale", "deployment", "istiod", "-n", "istio-system", `--replicas=${replicas}`],
        ];
        const pods = ["pods", "-n", "istio-system", "-l", "app=istiod"];
        await fresh("status=503:50");
        const driver = new RunningDriver(live);
        try {
            await driver.until(routed(10));
            await live.target.kubectl(scale(0));
            // At once, before the verdict: istiod answers as long as it may drain.
            await live.target.kubectl(["delete", ...pods, "--force", "--grace-period=0"]);
            await driver.until((r) => r.type === "rollback" && r.ok === false);
        } finally {
            await live.target.kubectl(scale(1));
        }
        const status = ["rollout", "status", "deployment", "istiod", "-n", "istio-system"];
        await live.target.kubectl([...status, "--timeout=120s"]);
        const back = Date.now();
        const result = await driver.end();
        const written = result.records.find((r) => r.type === "rollback" && r.step === "written");
        const seconds = ((written?.at ?? Number.POSITIVE_INFINITY) - back) / 1_000;
        say(`S15 istiod away: ${result.outcome}, written ${seconds.toFixed(1)} s after its return`);
        assert.equal(result.outcome, "rolledBack", result.stderr);
        assert.equal(result.failedAfter, 0);
        assert.ok(seconds < 10, `${seconds} s`);
    });

    it("S8: holds without traffic, says that nobody calls, and applies onDeadline", async () => {
        await fresh("", {
            maxDwell: "30s",
            maxTotal: "40s",
            deadline: "45s",
            onDeadline: "rollback",
        });
        const driver = new RunningDriver(live);
        await driver.until(routed(10));
        const namespace = `${live.namespace}-client`;
        const client = { target: live.target, namespace, selector: "app=client" };
        assert.equal(await pauseClient(client, true), 1);
        try {
            const result = await driver.end();
            say(`S8 no traffic: ${result.outcome}: ${result.reason}`);
            assert.equal(result.outcome, "rolledBack", result.stderr);
            assert.match(result.reason, /the deadline of 45s has passed/);
            assert.deepEqual(result.weights, [10]);
        } finally {
            await pauseClient(client, false);
        }
    });
});
