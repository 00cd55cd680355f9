// Findings as SARIF 2.1.0 (OASIS), for code scanning.
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Judgement, Rule } from "../../../../rollout/rules";
import { rules } from "../../../../rollout/rules";
import { version } from "../../toolVersion";
import { messageOf } from "./messages";
import type { CheckResult, Found } from "./result";
import { pageUrl, readPage } from "./rulePage";

export function sarifOutput({ found }: CheckResult): string {
    const data = {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [
            {
                tool: {
                    driver: {
                        name: "istio-canary",
                        version: version(),
                        semanticVersion: version(),
                        informationUri: "https://www.npmjs.com/package/istio-canary-cli",
                        rules: rules.map(descriptor),
                    },
                },
                columnKind: "utf16CodeUnits",
                results: found.map(result),
            },
        ],
    };
    return `${JSON.stringify(data, undefined, 2)}\n`;
}

function descriptor(rule: Rule) {
    const { id, group, description, severity } = rule;
    const page = readPage(rule);
    return {
        id,
        name: pascalCase(id),
        shortDescription: { text: description },
        fullDescription: { text: description },
        help: { text: page, markdown: page },
        helpUri: pageUrl(rule),
        defaultConfiguration: { level: levelOf(severity) },
        properties: { tags: ["istio", "kubernetes", group] },
    };
}

function result(one: Found) {
    const { rule, level, finding, exemption, place } = one;
    return {
        ruleId: rule.id,
        ruleIndex: rules.indexOf(rule),
        level: levelOf(level),
        message: { text: messageOf(one) },
        locations: [
            {
                physicalLocation: {
                    artifactLocation: { uri: uriOf(place.file) },
                    region: { startLine: place.line, startColumn: place.column },
                },
                logicalLocations: [{ fullyQualifiedName: `${finding.resource}: ${finding.path}` }],
            },
        ],
        // A finding keeps its fingerprint when lines above it change.
        partialFingerprints: { "finding/v1": `${rule.id} ${finding.resource} ${finding.path}` },
        ...(exemption && {
            suppressions: [
                {
                    kind: "inSource",
                    justification: `until ${exemption.until}: ${exemption.reason}`,
                },
            ],
        }),
    };
}

/** A relative reference, or a file URL for an absolute path. */
function uriOf(file: string): string {
    if (path.isAbsolute(file)) return pathToFileURL(file).href;
    return file.split(path.sep).map(encodeURIComponent).join("/");
}

function levelOf(level: Judgement["level"]): "warning" | "error" {
    return level === "mandatory" ? "error" : "warning";
}

/** "http-timeout" → "HttpTimeout" */
function pascalCase(id: string): string {
    return id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}
