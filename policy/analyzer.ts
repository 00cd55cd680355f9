/**
 * The rules as Pulumi's engine asks for them: its analyzer protocol, proto/pulumi/analyzer.proto. CrossGuard's SDK would read
 * every resource of a program anew for each policy, and loads a package manager to begin with (docs/policy.md, "What it costs").
 */
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { IAnalyzerServer } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
    concerns,
    type Judgement,
    judge,
    judgementText,
    type Level,
    type Manifest,
    NO_SETTINGS,
    type Options,
    type Rule,
    type RuleSettings,
    rules,
    type Settings,
} from "../rollout/rules";
import { headOf, manifestOf } from "./manifest";

export interface Pack {
    readonly name: string;
    readonly version: string;
    /** The day on which exemptions are judged, as "2026-11-21"; default: today, in UTC. */
    readonly today?: () => string;
}

/** What a pack answers the engine; what it leaves out, the engine does without. */
export type Analyzer = Pick<
    IAnalyzerServer,
    | "getPluginInfo"
    | "getAnalyzerInfo"
    | "configureStack"
    | "configure"
    | "remediate"
    | "analyze"
    | "analyzeStack"
>;

/** Every rule is a policy: name, description, level and options are the rule's, unless they are configured. */
export function analyzer({ name, version, today = utcDay }: Pack): Analyzer {
    let settings = NO_SETTINGS;
    const report = (scope: Rule["scope"], manifests: readonly Manifest[]) => {
        const found = judge(manifests, { today: today(), settings, scope });
        return new proto.AnalyzeResponse().setDiagnosticsList(
            found.map((one) =>
                diagnosticOf(one).setPolicypackname(name).setPolicypackversion(version),
            ),
        );
    };
    return {
        getPluginInfo: answering(() => new PluginInfo().setVersion(version)),
        getAnalyzerInfo: answering(() =>
            new proto.AnalyzerInfo()
                .setName(name)
                .setVersion(version)
                .setSupportsconfig(true)
                .setPoliciesList(rules.map(policyInfoOf)),
        ),
        configureStack: answering(() => new proto.AnalyzerStackConfigureResponse()),
        configure: answering((request) => {
            settings = settingsOf(request);
            return new Empty();
        }),
        remediate: answering(() => new proto.RemediateResponse()),
        analyze: answering((request) => report("resource", readAll([request]))),
        analyzeStack: answering((request) =>
            report("program", readAll(request.getResourcesList())),
        ),
    };
}

function answering<Request, Response>(
    answer: (request: Request) => Response,
): handleUnaryCall<Request, Response> {
    return ({ request }, callback) => {
        try {
            callback(null, answer(request));
        } catch (error) {
            // Only its message comes through, and a stack says which rule it was.
            callback(new Error(error instanceof Error ? error.stack : String(error)));
        }
    };
}

/** The manifests of those resources that a rule reads. */
function readAll(resources: (proto.AnalyzeRequest | proto.AnalyzerResource)[]): Manifest[] {
    return resources.flatMap((resource) => {
        const type = resource.getType();
        const head = headOf(type);
        if (head === undefined || !rules.some((rule) => concerns(rule, head))) return [];
        return [manifestOf(type, resource.getProperties() ?? new Struct(), head)];
    });
}

function diagnosticOf({ rule, level, finding, exemption }: Judgement): proto.AnalyzeDiagnostic {
    const text = judgementText(rule, finding, exemption);
    return new proto.AnalyzeDiagnostic()
        .setPolicyname(rule.id)
        .setDescription(rule.description)
        .setMessage(`${rule.description}\n${text}`)
        .setEnforcementlevel(LEVEL_CODES[level]);
}

function policyInfoOf({ id, description, severity, scope, options }: Rule): proto.PolicyInfo {
    const { POLICY_TYPE_RESOURCE, POLICY_TYPE_STACK } = proto.PolicyType;
    const schema = Struct.fromJavaScript(options as unknown as Record<string, JavaScriptValue>);
    return new proto.PolicyInfo()
        .setName(id)
        .setDescription(description)
        .setEnforcementlevel(LEVEL_CODES[severity])
        .setPolicyType(scope === "program" ? POLICY_TYPE_STACK : POLICY_TYPE_RESOURCE)
        .setConfigschema(new proto.PolicyConfigSchema().setProperties(schema));
}

/** The engine has checked the file of --policy-pack-config against the options' schemas, and sends every policy's part. */
function settingsOf(request: proto.ConfigureAnalyzerRequest): Settings {
    const byRule: Record<string, RuleSettings> = {};
    request.getPolicyconfigMap().forEach((config, id) => {
        const options: Options = config.getProperties()?.toJavaScript() ?? {};
        byRule[id] = { level: LEVELS_BY_CODE[config.getEnforcementlevel()], options };
    });
    return { byRule };
}

const { ADVISORY, MANDATORY, DISABLED, REMEDIATE } = proto.EnforcementLevel;

const LEVEL_CODES = { advisory: ADVISORY, mandatory: MANDATORY, disabled: DISABLED };

const LEVELS_BY_CODE: Record<number, Level> = {
    [ADVISORY]: "advisory",
    [MANDATORY]: "mandatory",
    [DISABLED]: "disabled",
    // No rule mends anything, so what is found stands.
    [REMEDIATE]: "mandatory",
};

function utcDay(): string {
    return new Date().toISOString().slice(0, 10);
}
