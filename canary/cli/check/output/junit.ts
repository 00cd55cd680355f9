// Findings as JUnit XML, for CI servers: a suite per file, a failed test per mandatory finding.
import { messageOf } from "./messages";
import { byFile, type CheckResult, countOf, type Found } from "./result";

export function junitOutput({ found, files }: CheckResult): string {
    const findings = byFile(found);
    const suites = files.map((file) => suite(file, findings.get(file) ?? []));
    const failures = countOf(found, "mandatory");
    const tests = files.reduce((sum, file) => sum + (findings.get(file)?.length || 1), 0);
    return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites name="istio-canary" tests="${tests}" failures="${failures}">`,
        ...suites,
        "</testsuites>",
        "",
    ].join("\n");
}

function suite(file: string, found: readonly Found[]): string {
    const failures = countOf(found, "mandatory");
    const head = `  <testsuite name="${xml(file)}" tests="${found.length || 1}" failures="${failures}">`;
    const passed = `    <testcase classname="${xml(file)}" name="no findings"/>`;
    const cases = found.length === 0 ? [passed] : found.map((one) => testCase(file, one));
    return [head, ...cases, "  </testsuite>"].join("\n");
}

/** An advisory finding is the output of a test that passes. */
function testCase(file: string, one: Found): string {
    const { rule, level, finding, place } = one;
    const name = xml(`${rule.id}: ${finding.resource}: ${finding.path}`);
    const text = xml(`${file}:${place.line}:${place.column}: ${messageOf(one)}`);
    const body =
        level === "mandatory"
            ? `<failure type="${rule.id}" message="${text}"/>`
            : `<system-out>${text}</system-out>`;
    return `    <testcase classname="${xml(file)}" name="${name}">${body}</testcase>`;
}

const ENTITIES: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
};

/** Control characters are not allowed in XML 1.0, even as entities. */
function xml(text: string): string {
    return (
        text
            .replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found)
            // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove.
            .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    );
}
