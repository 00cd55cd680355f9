// A client pod with a sidecar that sends a spec's requests in batches.
import { execa } from "execa";
import type { Cluster } from "../cluster";

export interface Send {
    readonly url: string;
    /** Default: `GET`. */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

export interface Answer {
    /** HTTP status; 0 without a response. */
    readonly status: number;
    /** By canonical name, such as "X-Version". Values of the same name are joined with ", ". */
    readonly headers: Readonly<Record<string, string>>;
    /** Values of the `Set-Cookie` headers, by name. */
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

/** A client pod, with its own `name` and `labels`. Its namespace must exist. */
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

    /** Sends these requests, up to 20 at a time. Does not follow redirects. @returns the responses in request order. */
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
            throw new Error(
                `expected ${requests.length} responses, got ${answers.length}: ${stdout}`,
            );
        }
        return answers;
    }

    /** Sends the request `times` times. @returns the responses per version: `{ v1: 40 }`; a failure counts as its status. */
    async versions(request: Send, times = 40): Promise<Record<string, number>> {
        const answers = await this.send(Array.from({ length: times }, () => request));
        return countBy(answers, versionOf);
    }
}

/**
 * The version that answered, or the status if the response has none. Fortio omits its header if the URL has a query;
 * the body of its path /debug has the pod's name instead.
 */
export function versionOf({ headers, status, body }: Answer): string {
    return headers["X-Version"] ?? / on web-(v[12])-/.exec(body)?.[1] ?? String(status);
}

export function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
    return counts;
}
