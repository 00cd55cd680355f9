// Compiler errors for programs that use @pulumi/kubernetes-istio correctly and with mistakes.

import assert from "node:assert/strict";
import { join } from "node:path";
import ts from "typescript";
import { CHECKOUT } from "../../../../dev/checkout";

const prologue = `
import * as istio from "@pulumi/kubernetes-istio";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
declare const service: k8s.core.v1.Service;
declare const weight: pulumi.Output<number>;
`;

/** A valid user program. The invalid ones below differ from it in one place. */
const good = `
export const route = new istio.networking.v1.VirtualService("route", {
    metadata: { name: "echo", namespace: service.metadata.namespace },
    spec: {
        hosts: [service.metadata.name],
        http: [
            {
                timeout: "5s",
                retries: { attempts: 2, perTryTimeout: "1s" },
                route: [
                    { destination: { host: "echo", subset: "v1" }, weight: weight.apply((w) => 100 - w) },
                    { destination: { host: "echo", subset: "v2" }, weight: 50 },
                ],
            },
        ],
    },
});
export const rule = new istio.networking.v1.DestinationRule("rule", {
    metadata: { name: "echo" },
    spec: { host: "echo", trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } },
});
`;

interface Case {
    title: string;
    change?: [found: string, replacement: string];
    /** A whole program, instead of a change to the valid one. */
    program?: string;
    /** Each error with the code it points at; empty if the program compiles. */
    errors: string[];
}

const cases: Case[] = [
    { title: "accepts a valid program with Outputs", errors: [] },
    {
        title: "accepts the metadata of a Kubernetes object and a Kubernetes ObjectMeta",
        program: `
            declare const meta: k8s.types.input.meta.v1.ObjectMeta;
            new istio.networking.v1.Gateway("a", { metadata: service.metadata });
            new istio.networking.v1.Gateway("b", { metadata: meta });`,
        errors: [],
    },
    {
        title: "returns metadata that Kubernetes objects accept",
        program: `
            declare const gateway: istio.networking.v1.Gateway;
            new k8s.core.v1.ConfigMap("a", { metadata: gateway.metadata });
            export const name: pulumi.Output<string> = gateway.metadata.name;`,
        errors: [],
    },
    {
        title: "accepts a named enum value",
        change: [
            `"ISTIO_MUTUAL"`,
            "istio.networking.v1.DestinationRuleSpecTrafficPolicyTlsMode.ISTIO_MUTUAL",
        ],
        errors: [],
    },
    {
        title: "rejects a misspelled field",
        change: ["timeout:", "timeuot:"],
        errors: [
            "timeuot: TS2353: Object literal may only specify known properties, and 'timeuot' does not exist in type 'Input<VirtualServiceSpecHttp>'.",
        ],
    },
    {
        title: "rejects a string as weight",
        change: ["weight: 50", `weight: "50"`],
        errors: [
            "weight: TS2322: Type 'string' is not assignable to type 'Input<number | undefined>'.",
        ],
    },
    {
        title: "rejects a destination without a host",
        change: [`{ host: "echo", subset: "v2" }`, `{ subset: "v2" }`],
        errors: [
            "destination: TS2322: Type '{ subset: string; }' is not assignable to type 'Input<VirtualServiceSpecHttpRouteDestination>'.\n  Property 'host' is missing in type '{ subset: string; }' but required in type 'VirtualServiceSpecHttpRouteDestination'.",
        ],
    },
    {
        title: "rejects a misspelled metadata field",
        change: [`metadata: { name: "echo" }`, `metadata: { nmae: "echo" }`],
        errors: [
            "nmae: TS2353: Object literal may only specify known properties, and 'nmae' does not exist in type 'ObjectMeta | Promise<ObjectMeta | undefined> | OutputInstance<ObjectMeta | undefined>'.",
        ],
    },
    {
        title: "rejects a misspelled kind",
        change: ["istio.networking.v1.VirtualService(", "istio.networking.v1.VirtualServise("],
        errors: [
            `VirtualServise: TS2551: Property 'VirtualServise' does not exist on type 'typeof import("sdks/kubernetes-istio/bin/networking/v1/index")'. Did you mean 'VirtualService'?`,
        ],
    },
    {
        title: "rejects an unknown enum value",
        change: [`"ISTIO_MUTUAL"`, `"MUTUAAL"`],
        errors: [
            `mode: TS2820: Type '"MUTUAAL"' is not assignable to type 'Input<DestinationRuleSpecTrafficPolicyTlsMode | undefined>'. Did you mean '"MUTUAL"'?`,
        ],
    },
    {
        title: "rejects `status` as an input",
        change: [`spec: { host: "echo"`, `status: {}, spec: { host: "echo"`],
        errors: [
            "status: TS2353: Object literal may only specify known properties, and 'status' does not exist in type 'DestinationRuleArgs'.",
        ],
    },
];

function sourceOf({ title, change, program }: Case): string {
    if (program) {
        return prologue + program;
    }
    const [found, replacement] = change ?? ["", ""];
    assert.ok(good.includes(found), `${title}: the valid program does not contain ${found}`);
    return prologue + good.replace(found, replacement);
}

/** Type-checks all sources in one program, as files of this folder. @returns the errors per source. */
function compile(sources: string[]): string[][] {
    const configFile = join(CHECKOUT, "tsconfig.json");
    const config = ts.readConfigFile(configFile, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, CHECKOUT);
    const files = new Map(sources.map((s, i) => [join(__dirname, `snippet${i}.ts`), s]));
    const host = ts.createCompilerHost({ ...options, noEmit: true });
    const { fileExists, readFile } = host;
    host.fileExists = (path) => files.has(path) || fileExists(path);
    host.readFile = (path) => files.get(path) ?? readFile(path);
    const names = [...files.keys()];
    const program = ts.createProgram(names, { ...options, noEmit: true, types: ["node"] }, host);
    return names.map((name) =>
        ts.getPreEmitDiagnostics(program, program.getSourceFile(name)).map((diagnostic) => {
            const { file, start = 0, length, code, messageText } = diagnostic;
            const place = file?.text.substr(start, length);
            const message = ts.flattenDiagnosticMessageText(messageText, "\n");
            return `${place}: TS${code}: ${message.replaceAll(`${CHECKOUT}/`, "")}`;
        }),
    );
}

describe("types of @pulumi/kubernetes-istio", () => {
    let errors: string[][];

    before(() => {
        errors = compile(cases.map(sourceOf));
    });

    for (const [i, { title, errors: expected }] of cases.entries()) {
        it(title, () => {
            assert.deepEqual(errors[i], expected);
        });
    }
});
