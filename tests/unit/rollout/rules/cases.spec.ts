import assert from "node:assert/strict";
import { findingsOf, type Manifest, type Rule, rules, UNKNOWN } from "../../../../rollout/rules";
import { findingText } from "../../../../rollout/rules/findingText";
import { caseNames, casesOf } from "../../../fixtures/rules/caseFiles";
import { type Case, programOf, type RuleCases } from "../../../fixtures/rules/ruleCases";
import { world } from "../../../fixtures/rules/world";

function findings(rule: Rule, cases: RuleCases, one?: Case) {
    const manifests = one === undefined ? world() : programOf(one);
    return findingsOf(rule, manifests, { ...cases.options, ...one?.options });
}

describe("rule cases", () => {
    it("exist for every rule, and for nothing else", () => {
        assert.deepEqual(caseNames(), rules.map(({ group, id }) => `${group}/${id}`).sort());
    });

    for (const rule of rules) {
        describe(rule.id, () => {
            const cases = casesOf(rule);

            it("has invalid and unknown cases", () => {
                assert.ok(cases.invalid.length > 0);
                assert.ok(cases.unknown.length > 0);
            });

            it("passes the valid program", () => {
                assert.deepEqual(findings(rule, cases).map(findingText), []);
            });

            for (const one of cases.valid ?? []) {
                it(`passes ${one.title}`, () => {
                    assert.deepEqual(findings(rule, cases, one).map(findingText), []);
                });
            }

            for (const one of cases.invalid) {
                it(`refuses ${one.title}`, () => {
                    const found = findings(rule, cases, one);
                    assert.deepEqual(
                        found.map((finding) => findingText({ ...finding, fix: "" }).trim()),
                        one.finds.map((text) => `${text}.`),
                    );
                    assert.ok(found.every(({ advisory }) => advisory === one.advisory));
                    for (const { fix } of found) assert.match(fix, /^[A-Z].{15,}\.$/);
                });
            }

            it("finds the same in any order of the objects", () => {
                for (const one of cases.invalid) {
                    const options = { ...cases.options, ...one.options };
                    const texts = (manifests: Manifest[]) =>
                        findingsOf(rule, manifests, options).map(findingText).sort();
                    const program = programOf(one);
                    assert.deepEqual(texts([...program].reverse()), texts(program), one.title);
                }
            });

            for (const one of cases.unknown) {
                it(`reports an unknown value: ${one.title}`, () => {
                    const found = findings(rule, cases, one);
                    assert.deepEqual(
                        found.map(({ resource, path, found: value }) => [
                            `${resource}: ${path}`,
                            value === UNKNOWN,
                        ]),
                        one.finds.map((text) => [text, true]),
                    );
                });
            }
        });
    }
});
