// Findings for programs. docs/policy/check.schema.json describes the format.
import { version } from "../../toolVersion";
import { type CheckResult, countOf, type Found } from "./result";
import { pageUrl } from "./rulePage";

/** Changes if a field is removed or changes its meaning. */
const FORMAT = 1;

export function jsonOutput({ found, objects, files, preset }: CheckResult): string {
    const data = {
        format: FORMAT,
        tool: { name: "istio-canary", version: version() },
        preset,
        files,
        objects,
        counts: {
            mandatory: countOf(found, "mandatory"),
            advisory: countOf(found, "advisory"),
        },
        findings: found.map(asJson),
    };
    return `${JSON.stringify(data, undefined, 2)}\n`;
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
        page: pageUrl(rule),
        ...(exemption && { exemption }),
        ...place,
    };
}
