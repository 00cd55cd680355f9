// A pod with a sidecar that sends what a spec tells it to, one batch at a time.
import { execa } from "execa";
import type { Cluster } from "./cluster";

export interface Send {
    readonly url: string;
    /** Default GET. */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

export interface Answer {
    /** HTTP status; 0 when there was no answer. */
    readonly status: number;
    /** By canonical name: "X-Version". Several of one name are joined by ", ". */
    readonly headers: Readonly<Record<string, string>>;
    /** What `Set-Cookie` headers set, by name. */
    readonly cookies: Readonly<Record<string, string>>;
    readonly body: string;
}

const script = `
import http from "k6/http";
export const options = { iterations: 1, vus: 1, batch: 20, batchPerHost: 20, maxRedirects: 0, throw: false };
export default function () {
    for (let i = 0; i < requests.length; i += 100) {
        const batch = requests.slice(i, i + 100).map(({ url, method, headers, body }) => ({
            url, method: method || "GET", body: body || null,
            params: { headers: headers || {}, jar: new http.CookieJar(), timeout: "20s", redirects: 0 },
        }));
        for (const { status, headers, cookies, body } of http.batch(batch)) {
            const set = {};
            for (const name of Object.keys(cookies)) set[name] = cookies[name][0].value;
            console.log("answer " + JSON.stringify({ status, headers, cookies: set, body }));
        }
    }
}`;

/** One pod; `name` and `labels` tell it apart from others in its namespace, which it must find there. */
export class Requester {
    constructor(
        private readonly cluster: Cluster,
        readonly namespace: string,
        readonly name = "client",
        private readonly labels: Readonly<Record<string, string>> = { app: "client" },
    ) {}

    /** Creates the pod and waits until it and its sidecar are ready. */
    async start(): Promise<void> {
        const { namespace, name } = this;
        const metadata = {
            name,
            namespace,
            labels: this.labels,
            annotations: {
                "proxy.istio.io/config": JSON.stringify({
                    holdApplicationUntilProxyStarts: true,
                    proxyStatsMatcher: { inclusionRegexps: ["cluster\\.outbound.*"] },
                }),
            },
        };
        const k6 = {
            name: "k6",
            image: "sandbox/k6:1.8.1",
            imagePullPolicy: "IfNotPresent",
            command: ["k6", "run", "--paused", "--quiet", "--no-usage-report", "--address="],
            args: ["/load/idle.js"],
            volumeMounts: [{ name: "load", mountPath: "/load" }],
        };
        await this.cluster.apply(
            {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name, namespace },
                data: { "idle.js": "export default function () {}" },
            },
            {
                apiVersion: "v1",
                kind: "Pod",
                metadata,
                spec: {
                    terminationGracePeriodSeconds: 1,
                    containers: [k6],
                    volumes: [{ name: "load", configMap: { name } }],
                },
            },
        );
        await this.cluster.kubectl(
            ...["wait", "-n", namespace, `pod/${name}`, "--for=condition=Ready", "--timeout=90s"],
        );
    }

    /** The answers to these requests, in their order; up to 20 are under way at a time. No redirect is followed. */
    async send(requests: readonly Send[]): Promise<Answer[]> {
        const flags = ["--quiet", "--no-usage-report", "--summary-mode=disabled", "--address="];
        const { stdout } = await execa(
            "kubectl",
            [
                ...["exec", "-i", "-n", this.namespace, this.name, "-c", "k6", "--", "k6", "run"],
                ...[...flags, "--log-format=raw", "--log-output=stdout", "-"],
            ],
            {
                env: this.cluster.env,
                input: `const requests = ${JSON.stringify(requests)};\n${script}`,
            },
        );
        const answers = stdout
            .split("\n")
            .filter((line) => line.startsWith("answer "))
            .map((line): Answer => JSON.parse(line.slice("answer ".length)));
        if (answers.length !== requests.length) {
            throw new Error(`${answers.length} answers to ${requests.length} requests: ${stdout}`);
        }
        return answers;
    }

    /** The versions that answer the same request, sent `times` times: `{ v1: 40 }`; a failure counts as its status. */
    async versions(request: Send, times = 40): Promise<Record<string, number>> {
        const answers = await this.send(Array.from({ length: times }, () => request));
        return countBy(answers, versionOf);
    }
}

/**
 * The version that answered, or the status of an answer that bears none. A query switches Fortio's own header off;
 * its path /debug says the pod's name instead.
 */
export function versionOf({ headers, status, body }: Answer): string {
    return headers["X-Version"] ?? / on web-(v[12])-/.exec(body)?.[1] ?? String(status);
}

export function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
    return counts;
}
