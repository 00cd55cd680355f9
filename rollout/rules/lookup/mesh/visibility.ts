/** Namespaces that see an object: `exportTo` in Istio's objects and in an annotation of Services. */

import { at, items, textAt, textOf, UNKNOWN } from "../../../config/unknown";
import type { Manifest } from "../../rule";
import { namespaceOf } from "../resourceName";

/** Annotation of a Service with its `exportTo`, separated by commas. */
const EXPORT_TO = "networking.istio.io/exportTo";

/** Namespaces, or ["*"] for all. Without `exportTo`: all. */
export function visibleIn(manifest: Manifest): string[] | typeof UNKNOWN {
    const exportTo = exportToOf(manifest);
    const names = items(exportTo).map(([, name]) => name);
    if (exportTo === UNKNOWN || names.includes(UNKNOWN)) return UNKNOWN;
    if (names.length === 0 || names.includes("*")) return ["*"];
    return names.map((name) => (name === "." ? namespaceOf(manifest) : textOf(name)));
}

function exportToOf(manifest: Manifest): unknown {
    if (manifest.kind !== "Service") return at(manifest, "spec", "exportTo");
    const annotation = at(manifest, "metadata", "annotations", EXPORT_TO);
    if (annotation === UNKNOWN) return UNKNOWN;
    const names = textAt(manifest, "metadata", "annotations", EXPORT_TO)?.split(",");
    return names?.map((one) => one.trim());
}

/** Whether two lists of namespaces have one in common. UNKNOWN counts as all. */
export function isShared(
    one: readonly string[] | typeof UNKNOWN,
    two: readonly string[] | typeof UNKNOWN,
): boolean {
    if (one === UNKNOWN || two === UNKNOWN || one.includes("*") || two.includes("*")) return true;
    return one.some((namespace) => two.includes(namespace));
}
