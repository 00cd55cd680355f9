import assert from "node:assert/strict";
import { at, isMapping } from "../../../../../rollout/config/unknown";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { checkKubernetesObject } from "../../../../../rollout/rules/kubernetes";
import { objectSchema } from "../../../../../rollout/rules/shape/objectSchema";
import { changedObject, type FieldCase } from "../../../../fixtures/rules/kubernetes/fieldCase";
import { kubernetesObjects } from "../../../../fixtures/rules/kubernetes/objects";
import { KUBERNETES_CASES } from "../../../../fixtures/rules/kubernetes/verdicts";

function titleOf([kind, field, to, finding]: FieldCase): string {
    const value = JSON.stringify(to)?.slice(0, 40) ?? "nothing";
    return `${finding === "" ? "accepts" : "rejects"} ${kind}: ${field}: ${value}`;
}

describe("validation of Kubernetes' objects", () => {
    for (const [topic, cases] of Object.entries(KUBERNETES_CASES)) {
        describe(topic, () => {
            for (const one of cases) {
                it(titleOf(one), () => {
                    const [finding] = checkKubernetesObject(changedObject(one));
                    assert.equal(finding?.path ?? "", one[3]);
                    assert.equal(finding?.advisory, undefined);
                    if (finding) assert.match(finding.fix, /^[A-Z].{15,}\.$/);
                });
            }
        });
    }

    it("accepts the objects without changes", () => {
        for (const object of Object.values(kubernetesObjects())) {
            assert.deepEqual(checkKubernetesObject(object), [], object.kind);
            assert.deepEqual(objectSchema.check(object, {}), [], object.kind);
        }
    });

    it("finds nothing if any one value is unknown, or a placeholder", () => {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Flux replaces it.
        for (const value of [UNKNOWN, "${VALUE}"]) {
            for (const [kind, valid] of Object.entries(kubernetesObjects())) {
                for (const path of pathsOf(valid)) {
                    const object: Manifest = structuredClone(valid);
                    const last = path.at(-1) as string;
                    const holder = at(object, ...path.slice(0, -1)) as Record<string, unknown>;
                    holder[last] = value;
                    const found = checkKubernetesObject(object).map(({ path }) => path);
                    assert.deepEqual(found, [], `${kind} ${path.join(".")}`);
                }
            }
        }
    });

    it("does not show the values of a Secret", () => {
        const secret = changedObject(["Secret", "data.tls~crt", "hunter2!", ""]);
        const json = changedObject(["Secret", "type", "kubernetes.io/dockerconfigjson", ""]);
        const data = { ".dockerconfigjson": "aHVudGVyMiE=" };
        const found = [secret, { ...json, data }].flatMap(checkKubernetesObject);
        assert.equal(found.length, 2);
        assert.doesNotMatch(JSON.stringify(found), /hunter2|aHVudGVy/);
    });
});

/** Ways to all values below the metadata's level. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
    if (!isMapping(value) && !Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([key, item]) => {
        if (path.length === 0 && ["apiVersion", "kind"].includes(key)) return [];
        const own = [...path, key];
        return [own, ...pathsOf(item, own)];
    });
}
