// The pack in a real policy host, as Pulumi starts and configures it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import path from "node:path";
import * as rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CHECKOUT } from "../../dev/checkout";

// The package of the SDK, which is no dependency of this checkout.
const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js");
const HOST = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");

type Config = Record<string, { level?: number; options?: Record<string, unknown> }>;
type Response = {
    getDiagnosticsList(): { getPolicyname(): string; getEnforcementlevel(): number }[];
};

const DISABLED = proto.EnforcementLevel.DISABLED;
const ADVISORY = proto.EnforcementLevel.ADVISORY;
const MANDATORY = proto.EnforcementLevel.MANDATORY;

const route = (timeout?: string) => ({
    metadata: { name: "web", namespace: "shop" },
    spec: {
        hosts: ["web.shop.svc.cluster.local"],
        http: [
            {
                ...(timeout !== undefined && { timeout }),
                route: [{ destination: { host: "web.shop.svc.cluster.local" } }],
            },
        ],
    },
});
const service = {
    metadata: { name: "web", namespace: "shop" },
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80 }] },
};

describe("the policy pack in its host", function () {
    this.timeout(120_000);
    let host: ChildProcess;
    let call: (method: string, request: unknown) => Promise<Response>;

    before(async () => {
        host = spawn(process.execPath, [HOST, "127.0.0.1:1", "."], {
            cwd: path.join(CHECKOUT, "policy"),
            stdio: ["ignore", "pipe", "inherit"],
        });
        assert.ok(host.stdout);
        const [port] = await once(host.stdout, "data");
        const client = new rpc.AnalyzerClient(
            `127.0.0.1:${String(port).trim()}`,
            grpc.credentials.createInsecure(),
        );
        call = (method, request) =>
            new Promise((resolve, reject) => {
                (client as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(
                    request,
                    (error: Error | null, response: Response) =>
                        error === null ? resolve(response) : reject(error),
                );
            });
    });
    after(async () => {
        host.kill();
        await once(host, "exit");
    });

    const configure = (config: Config) => {
        const request = new proto.ConfigureAnalyzerRequest();
        for (const [policy, { level = MANDATORY, options = {} }] of Object.entries(config)) {
            const one = new proto.PolicyConfig();
            one.setEnforcementlevel(level as never);
            one.setProperties(Struct.fromJavaScript(options as never));
            request.getPolicyconfigMap().set(policy, one);
        }
        return call("configure", request);
    };
    const analyze = async (props: unknown, type = "networking.istio.io/v1:VirtualService") => {
        const request = fill(new proto.AnalyzeRequest(), props, type);
        return findings(await call("analyze", request));
    };
    const analyzeStack = async (resources: [props: unknown, type: string][]) => {
        const request = new proto.AnalyzeStackRequest();
        request.setResourcesList(
            resources.map(([props, type]) => fill(new proto.AnalyzerResource(), props, type)),
        );
        return findings(await call("analyzeStack", request));
    };

    it("takes the options of a rule", async () => {
        await configure({ "http-timeout": { options: { longest: "10s" } } });
        assert.deepEqual(await analyze(route("30s")), ["1 http-timeout"]);
        assert.deepEqual(await analyze(route("30s")), ["1 http-timeout"]);
        assert.deepEqual(await analyze(route("5s")), []);
    });

    it("reports findings at their levels, by rule", async () => {
        await configure({});
        assert.deepEqual(await analyze(route()), ["1 http-timeout"]);
        assert.deepEqual(await analyze(route("5s")), []);
        assert.deepEqual(
            await analyzeStack([
                [route("5s"), "networking.istio.io/v1:VirtualService"],
                [service, "core/v1:Service"],
            ]),
            ["1 outlier-detection", "1 connection-pool"],
        );
    });

    it("leaves out the rules that are not in the preset", async () => {
        await configure({ "istio-canary": { options: { preset: "correctness" } } });
        assert.deepEqual(
            await analyzeStack([
                [route("5s"), "networking.istio.io/v1:VirtualService"],
                [service, "core/v1:Service"],
            ]),
            [],
        );
    });

    it("takes the level of a rule", async () => {
        await configure({ "http-timeout": { level: ADVISORY } });
        assert.deepEqual(await analyze(route()), ["0 http-timeout"]);
        await configure({ "http-timeout": { level: DISABLED } });
        assert.deepEqual(await analyze(route()), []);
    });
});

/** "1 http-timeout" for a mandatory finding. */
function findings(response: Response): string[] {
    return response
        .getDiagnosticsList()
        .map((one) => `${one.getEnforcementlevel()} ${one.getPolicyname()}`);
}

function fill<Request extends proto.AnalyzeRequest | proto.AnalyzerResource>(
    request: Request,
    props: unknown,
    type: string,
): Request {
    request.setType(`kubernetes:${type}`);
    request.setUrn(`urn:pulumi:dev::test::kubernetes:${type}::web`);
    request.setName("web");
    request.setProperties(Struct.fromJavaScript(props as never));
    const options = new proto.AnalyzerResourceOptions();
    options.setCustomtimeouts(new proto.AnalyzerResourceOptions.CustomTimeouts());
    request.setOptions(options);
    return request;
}
