// `istio-canary adopt` on apps that have users: each step of the plan, under load, and the way back.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { type CanaryStatus, Flagger } from "../../dev/bench/rollouts/flaggerProcess";
import { CHECKOUT, COMMAND } from "../../dev/checkout";
import { Client } from "../../dev/sandbox/demo/client";
import { sandboxTarget } from "../../dev/sandbox/demo/openTarget";
import { failed } from "../../dev/sandbox/demo/requests";
import type { Target } from "../../dev/sandbox/demo/target";
import { EXISTING, type ExistingApp, sharedHost } from "../fixtures/adopt/liveApps";
import { Outside } from "../mesh/harness/callers/outside";
import { type Cluster, eventually, sandboxCluster } from "../mesh/harness/cluster";

const RATE = 100;
const SWITCH = "Send the requests to the new pods";

interface Step {
    readonly title: string;
    readonly commands: readonly string[];
    readonly back: readonly string[];
}

/** What `adopt` reads. */
interface Origin {
    readonly object: string;
    /** Waits until another tool has made its objects. */
    readonly settled?: (namespace: string) => Promise<void>;
}

const [PLAIN] = EXISTING as [ExistingApp, ...ExistingApp[]];

/** As people have it with Flagger: it makes the Services and the routes. */
const FLAGGER: ExistingApp = {
    kind: "flagger",
    objects: (namespace) => [
        ...PLAIN.objects(namespace).filter(({ kind }) => kind !== "Service"),
        {
            apiVersion: "flagger.app/v1beta1",
            kind: "Canary",
            metadata: { name: "web", namespace },
            spec: {
                targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
                service: { port: 80, targetPort: 8080, timeout: "15s" },
                analysis: { interval: "10s", threshold: 5, maxWeight: 50, stepWeight: 25 },
            },
        },
    ],
};

/** Steps as plan.md has them. */
function stepsIn(markdown: string): Step[] {
    return markdown
        .split(/^## \d+\. /m)
        .slice(1)
        .map((part) => {
            const [commands = [], back = []] = [...part.matchAll(/```sh\n([\s\S]*?)```/g)].map(
                ([, block = ""]) => block.trim().split("\n"),
            );
            return { title: part.split("\n")[0] ?? "", commands, back };
        });
}

describe("an app that runs is adopted", function () {
    this.timeout(400_000);
    let cluster: Cluster;
    let target: Target;

    before(async () => {
        cluster = sandboxCluster();
        target = await sandboxTarget(false);
    });

    for (const existing of EXISTING) {
        it(`without a failed request: ${existing.kind}`, () =>
            adoption(existing, async (live) => {
                for (const step of live.steps) await live.run(step.title, step.commands);
                const pods = await live.pods();
                assert.ok(pods.length >= 2, pods.join());
                assert.ok(
                    pods.every((name) => name.startsWith("web-v1-")),
                    pods.join(),
                );
            }));
    }

    it("and goes back from the middle, without a failed request", () =>
        adoption(PLAIN, async (live) => {
            const middle = live.steps.findIndex(({ title }) => title === SWITCH);
            const done = live.steps.slice(0, middle + 1);
            for (const step of done) await live.run(step.title, step.commands);
            for (const step of [...done].reverse())
                await live.run(`back: ${step.title}`, step.back);
            const pods = await live.pods();
            assert.equal(pods.filter((name) => name.startsWith("web-v1-")).length, 0, pods.join());
            const route = ["get", "virtualservices,destinationrules", "-n", live.namespace];
            assert.equal(await cluster.kubectl(...route, "-o", "name"), "");
        }));

    describe("from Flagger", () => {
        let flagger: Flagger;

        before(async () => {
            flagger = await Flagger.start(target, new AbortController().signal);
        });

        after(() => flagger.stop());

        const settled = async (namespace: string) => {
            const isReady = ({ phase }: CanaryStatus) => phase === "Initialized";
            await flagger.until(namespace, isReady, AbortSignal.timeout(180_000));
        };

        it("without a failed request", () =>
            adoption(
                FLAGGER,
                async (live) => {
                    for (const step of live.steps) await live.run(step.title, step.commands);
                    const pods = await live.pods();
                    assert.ok(
                        pods.length > 0 && pods.every((name) => name.startsWith("web-v1-")),
                        pods.join(),
                    );
                    const rest = ["get", "deploy,svc,dr,vs", "-n", live.namespace, "-o", "name"];
                    const left = (await cluster.kubectl(...rest)).trim().split("\n");
                    assert.deepEqual(
                        left.filter((name) => /primary|canary$/.test(name)),
                        [],
                    );
                },
                { object: "canary/web", settled },
            ));

        it("and goes back to it from the middle, without a failed request", () =>
            adoption(
                FLAGGER,
                async (live) => {
                    const middle = live.steps.findIndex(({ title }) => title === SWITCH);
                    const done = live.steps.slice(0, middle + 1);
                    for (const step of done) await live.run(step.title, step.commands);
                    for (const step of [...done].reverse()) {
                        await live.run(`back: ${step.title}`, step.back);
                    }
                    const canary = ["canary/web", "-n", live.namespace, "--timeout=180s"];
                    const initialized = "--for=jsonpath={.status.phase}=Initialized";
                    await cluster.kubectl("wait", ...canary, initialized);
                },
                { object: "canary/web", settled },
            ));
    });

    interface Live {
        readonly namespace: string;
        readonly steps: readonly Step[];
        run(title: string, commands: readonly string[]): Promise<void>;
        /** Names of the app's pods, once those that are to stop have stopped. */
        pods(): Promise<string[]>;
    }

    async function adoption(
        { kind, objects }: ExistingApp,
        work: (live: Live) => Promise<void>,
        { object, settled }: Origin = { object: "deployment/web" },
    ): Promise<void> {
        const namespace = `mesh-adopt-${kind.replace(" ", "-")}`;
        const folder = await mkdtemp(path.join(tmpdir(), "adopt-"));
        const config = path.join(CHECKOUT, `Pulumi.${namespace}.yaml`);
        const client = new Client(target, {
            ...{ namespace: `${namespace}-client`, rate: RATE, maxMinutes: 10 },
            url: `http://web.${namespace}.svc.cluster.local/`,
        });
        const outside = new Outside(cluster, sharedHost(namespace), "");
        let since = 0;
        const run = async (title: string, commands: readonly string[]) => {
            const began = Date.now();
            for (const command of commands) {
                if (/^(cp|pulumi preview) /.test(command)) continue;
                await shell(inTest(command, folder));
            }
            const lost = client.requests.filter((one) => one.at >= since && failed(one));
            const about = lost.map(
                ({ at, status, ms }) => `${at - since} ms: ${status} in ${ms} ms`,
            );
            const seconds = ((Date.now() - began) / 1_000).toFixed(0);
            console.log(`      ${[`${seconds} s  ${title}`, ...about].join("; ")}`);
            since = Date.now();
        };
        const pods = () =>
            eventually(
                "pods that no longer stop",
                60,
                async () => {
                    const list = JSON.parse(
                        await cluster.kubectl("get", "pods", "-n", namespace, "-o", "json"),
                    ).items as { metadata: { name: string; deletionTimestamp?: string } }[];
                    return list.map(({ metadata }) =>
                        metadata.deletionTimestamp === undefined ? metadata.name : "",
                    );
                },
                (names) => !names.includes(""),
            );
        try {
            await cluster.createNamespace(namespace);
            await cluster.apply(...objects(namespace));
            await settled?.(namespace);
            await cluster.available(namespace);
            await client.start(new AbortController().signal);
            // A client whose proxy does not know the app yet has failures of its own.
            await eventually(
                "an answer to each of the newest requests",
                60,
                async () => client.requests.slice(-2 * RATE),
                (newest) => newest.length === 2 * RATE && !newest.some(failed),
            );
            client.requests.length = 0;
            since = Date.now();
            if (kind === "shared") {
                await eventually(
                    "an answer at the gateway",
                    30,
                    () => outside.getPlain("/web/"),
                    ({ status }) => status === 200,
                );
                outside.answers.length = 0;
                outside.start(RATE, "/web/", "http");
            }
            const args = [COMMAND, "adopt", object, "-n", namespace, "-s", namespace];
            const flags = { cwd: CHECKOUT, env: target.env };
            await execa(process.execPath, [...args, "--out", folder], flags);
            await copyFile(path.join(folder, `Pulumi.${namespace}.yaml`), config);
            const steps = stepsIn(await readFile(path.join(folder, "plan.md"), "utf8"));
            await work({ namespace, steps, run, pods });
            await sent(client, 2 * RATE);
            const failures = client.requests.filter(failed);
            console.log(`      ${failures.length} of ${client.requests.length} failed`);
            assert.deepEqual(failures, []);
            await outside.end();
            const lost = outside.answers.filter(
                ({ status, headers }) => status !== 200 || headers?.["x-app"] !== "web",
            );
            console.log(`      ${lost.length} of ${outside.answers.length} failed from outside`);
            assert.deepEqual(lost, []);
        } finally {
            await outside.end();
            await client.stop();
            await rm(config, { force: true });
            await rm(folder, { recursive: true });
            await cluster.removeNamespace(namespace);
            const gone = ["stack", "rm", "--yes", "--force", "--stack", namespace];
            await execa(target.pulumiFile, gone, {
                ...{ cwd: CHECKOUT, env: target.env, reject: false, stdin: "ignore" },
            });
        }
    }

    /** A command of the plan, for a shell in the project without a person. */
    function inTest(command: string, folder: string): string {
        return command
            .replace(/\bpulumi (up|destroy)\b/, "pulumi $1 --yes --non-interactive --skip-preview")
            .replace(/^pulumi stack init /, "pulumi stack init --no-select ")
            .replace(/^pulumi stack rm /, "pulumi stack rm --yes ")
            .replace(/\b(before|canary)\.yaml/, (file) => path.join(folder, file));
    }

    async function shell(command: string): Promise<void> {
        const options = { cwd: CHECKOUT, env: target.env, all: true, reject: false } as const;
        const { exitCode, all } = await execa("bash", ["-c", command], options);
        assert.equal(exitCode, 0, `${command}\n${all}`);
    }

    async function sent(client: Client, count: number): Promise<void> {
        const wanted = client.requests.length + count;
        await eventually(
            `${count} requests`,
            60,
            async () => client.requests.length,
            (found) => found >= wanted,
        );
    }
});
