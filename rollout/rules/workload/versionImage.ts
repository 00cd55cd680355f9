/** Rule: the versions of an app run different images. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { resourceName } from "../lookup/resourceName";
import { SPLIT_KINDS } from "../lookup/routes";
import { SUBSET_KINDS } from "../lookup/subsets";
import { type Version, versionsIn } from "../lookup/versions";
import { podTemplateOf, podTemplatePath } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const SAME = "Deploy the new image: a canary with the same pods tests nothing.";
const MOVING =
    "Name a version or a digest: pods with this image may run different code after each restart.";

export const versionImage: ProgramRule = {
    scope: "program",
    id: "version-image",
    group: "workload",
    description: "The versions between which a route splits requests should run different images.",
    severity: "advisory",
    kinds: [...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        const splits = versionsIn(manifests);
        const workloads = new Set(splits.flat().flatMap((version) => version.workloads));
        return [...splits.flatMap(judge), ...[...workloads].flatMap(judgeTags)];
    },
};

/** Reports the second of two versions whose pods do the same. */
function judge(versions: readonly Version[]): Finding[] {
    const pods = versions
        .flatMap(({ workloads }) => workloads)
        .filter((one, place, all) => all.indexOf(one) === place)
        .filter((one) => containersOf(one).length > 0)
        .sort((a, b) => (resourceName(a) < resourceName(b) ? -1 : 1));
    return pods.flatMap((workload, place) => {
        const code = codeOf(workload);
        const twin = pods.slice(0, place).find((one) => codeOf(one) === code);
        if (twin === undefined) return [];
        const [index, container] = containersOf(workload)[0] ?? [0, undefined];
        const path = `${podTemplatePath(workload)}spec.containers[${index}].image`;
        const expected = `another image than in ${resourceName(twin)}`;
        return [findingAt(workload, path, at(container, "image"), expected, SAME)];
    });
}

function containersOf(workload: Manifest): [number, unknown][] {
    return items(at(podTemplateOf(workload), "spec", "containers"));
}

/** What the containers run and how they are configured. An unknown value equals no other. */
function codeOf(workload: Manifest): string | symbol {
    const spec = at(podTemplateOf(workload), "spec");
    const fields = ["image", "command", "args", "env", "envFrom", "volumeMounts"];
    const containers = containersOf(workload).map(([, one]) => fields.map((name) => at(one, name)));
    let isUnknown = false;
    const text = JSON.stringify([containers, at(spec, "volumes")], (_, value) => {
        isUnknown ||= value === UNKNOWN;
        return value;
    });
    return isUnknown ? Symbol("unknown") : text;
}

function judgeTags(workload: Manifest): Finding[] {
    return containersOf(workload).flatMap(([index, container]) => {
        const image = at(container, "image");
        if (typeof image !== "string" || !isMoving(image)) return [];
        const path = `${podTemplatePath(workload)}spec.containers[${index}].image`;
        return [findingAt(workload, path, image, "an image with a version or a digest", MOVING)];
    });
}

/** Whether an image has no tag, or the tag `latest`. `auto` stands for the image of a gateway that Istio injects. */
function isMoving(image: string): boolean {
    if (image.includes("@") || image === "auto") return false;
    const [, tag] = /:([^:/]+)$/.exec(image) ?? [];
    return tag === undefined || tag === "latest";
}
