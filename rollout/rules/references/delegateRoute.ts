/** Rule: the delegates of a VirtualService exist and are delegates. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import { misspelled } from "../lookup/mesh/typo";
import { isShared, visibleIn } from "../lookup/mesh/visibility";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX = "Correct the delegate: Istio drops a route whose delegate it cannot use.";
const EXPECTED = "a VirtualService without hosts";

export const delegateRoute: ProgramRule = {
    scope: "program",
    id: "delegate-route",
    group: "references",
    description: "Every delegate of a VirtualService must exist and have no hosts.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifests) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((one) =>
            items(at(one, "spec", "http")).flatMap(([index, route]) =>
                judge(one, `spec.http[${index}].delegate`, at(route, "delegate"), manifests),
            ),
        );
    },
};

function judge(
    root: Manifest,
    path: string,
    delegate: unknown,
    manifests: readonly Manifest[],
): Finding[] {
    if (!isSet(delegate)) return [];
    const name = at(delegate, "name");
    const given = at(delegate, "namespace");
    const finding = (found: unknown, expected: string) =>
        findingAt(root, path, found, expected, FIX);
    if (name === UNKNOWN || given === UNKNOWN) return [finding(UNKNOWN, EXPECTED)];
    if (typeof name !== "string") return [];
    const namespace = typeof given === "string" && given !== "" ? given : namespaceOf(root);
    const index = objectIndex(manifests);
    const target = index.named(VIRTUAL_SERVICE, namespace, name);
    if (target !== undefined) return unusable(root, target);
    const known = namesOf(index.within(VIRTUAL_SERVICE, namespace).filter((one) => one !== root));
    const full = `${namespace}/${name}`;
    const meant = misspelled(name, known);
    if (meant !== undefined) return [finding(full, `${EXPECTED}, such as ${namespace}/${meant}`)];
    // Another program may have the delegate.
    return known.length === 0 ? [] : [{ ...finding(full, EXPECTED), advisory: true }];
}

function unusable(root: Manifest, target: Manifest): Finding[] {
    const hosts = at(target, "spec", "hosts");
    if (hosts === UNKNOWN) return [findingAt(target, "spec.hosts", UNKNOWN, "no hosts", FIX)];
    if (items(hosts).length > 0) {
        const expected = `no hosts, because ${resourceName(root)} delegates to it`;
        return [findingAt(target, "spec.hosts", hosts, expected, FIX)];
    }
    if (!isShared(visibleIn(target), [namespaceOf(root)])) {
        const expected = `${namespaceOf(root)}, because ${resourceName(root)} delegates to it`;
        const exportTo = at(target, "spec", "exportTo");
        return [findingAt(target, "spec.exportTo", exportTo, expected, FIX)];
    }
    const nested = items(at(target, "spec", "http")).find(([, route]) =>
        isSet(at(route, "delegate")),
    );
    if (nested === undefined) return [];
    const found = textAt(nested[1], "delegate", "name");
    const expected = "a route of its own, because a delegate cannot delegate";
    return [findingAt(target, `spec.http[${nested[0]}].delegate`, found, expected, FIX)];
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}
