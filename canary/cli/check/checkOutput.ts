// Findings as text, JSON and SARIF.
import { findingText, type Judgement, judgementText, rules } from "../../../rollout/rules";
import type { Format } from "./checkFormat";
import type { Place } from "./manifestFile";

export interface Found extends Judgement {
    readonly place: Place;
}

export function formatFindings(format: Format, found: readonly Found[], objects: number): string {
    if (format === "text") return textOutput(found, objects);
    const data = format === "json" ? found.map(asJson) : sarifOutput(found);
    return `${JSON.stringify(data, undefined, 2)}\n`;
}

/** "shop.yaml:12:5: mandatory http-timeout: VirtualService shop/web: …" */
function textOutput(found: readonly Found[], objects: number): string {
    const lines = found.map(
        ({ place: { file, line, column }, level, rule, finding, exemption }) => {
            const message = judgementText(rule, finding, exemption);
            return `${file}:${line}:${column}: ${level} ${rule.id}: ${message}`;
        },
    );
    const mandatory = found.filter(({ level }) => level === "mandatory").length;
    const advisory = found.length - mandatory;
    lines.push(`Objects: ${objects}. Findings: ${mandatory} mandatory, ${advisory} advisory.`);
    return `${lines.join("\n")}\n`;
}

function asJson({ rule, level, finding, exemption, place }: Found) {
    const { resource, path, found, expected, fix } = finding;
    return {
        rule: rule.id,
        level,
        resource,
        path,
        found: found ?? null,
        expected,
        fix,
        ...(exemption && { exemption }),
        ...place,
    };
}

/** SARIF 2.1.0 for code scanning. Format: OASIS sarif-v2.1.0. */
function sarifOutput(found: readonly Found[]) {
    return {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [
            {
                tool: {
                    driver: {
                        name: "istio-canary",
                        rules: rules.map(({ id, description, severity }) => ({
                            id,
                            shortDescription: { text: description },
                            defaultConfiguration: { level: sarifLevel(severity) },
                        })),
                    },
                },
                results: found.map(({ rule, level, finding, exemption, place }) => ({
                    ruleId: rule.id,
                    level: sarifLevel(level),
                    message: { text: findingText(finding) },
                    locations: [
                        {
                            physicalLocation: {
                                artifactLocation: { uri: place.file },
                                region: { startLine: place.line, startColumn: place.column },
                            },
                            logicalLocations: [{ fullyQualifiedName: finding.resource }],
                        },
                    ],
                    ...(exemption && {
                        suppressions: [
                            {
                                kind: "inSource",
                                justification: `until ${exemption.until}: ${exemption.reason}`,
                            },
                        ],
                    }),
                })),
            },
        ],
    };
}

function sarifLevel(level: "advisory" | "mandatory"): "warning" | "error" {
    return level === "mandatory" ? "error" : "warning";
}
