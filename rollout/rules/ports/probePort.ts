/** Rule: a probe that names a port names one of its container. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { podTemplateOf, podTemplatePath, WORKLOAD_KINDS } from "../lookup/workloads";
import type { Finding, Manifest, ResourceRule } from "../rule";

const PROBES = ["startupProbe", "readinessProbe", "livenessProbe"];
const ACTIONS = ["httpGet", "tcpSocket"];
const NEVER_READY =
    "Name a port of this container, or use its number: as it is, the pod never becomes Ready.";
const NEVER_ASKED =
    "Name a port of this container, or use its number: as it is, Kubernetes never restarts the container.";

export const probePort: ResourceRule = {
    scope: "resource",
    id: "probe-port",
    group: "ports",
    description: "A probe that names a port must name one that its container declares.",
    severity: "mandatory",
    kinds: WORKLOAD_KINDS,
    options: {},
    check(manifest) {
        const template = podTemplateOf(manifest);
        if (template === undefined) return [];
        return ["initContainers", "containers"].flatMap((list) =>
            items(at(template, "spec", list)).flatMap(([index, container]) => {
                const path = `${podTemplatePath(manifest)}spec.${list}[${index}]`;
                return judge(manifest, container, path);
            }),
        );
    },
};

function judge(manifest: Manifest, container: unknown, place: string): Finding[] {
    const ports = at(container, "ports");
    const names = items(ports).map(([, port]) => at(port, "name"));
    const isUnknown = ports === UNKNOWN || names.includes(UNKNOWN);
    const known = names.filter((one) => one !== undefined).map(textOf);
    const expected = `a port that the container declares (${known.join(", ") || "none has a name"})`;
    return PROBES.flatMap((probe) =>
        ACTIONS.flatMap((action): Finding[] => {
            const port = at(container, probe, action, "port");
            // A number needs no declaration, and neither does one in quotes.
            if (typeof port !== "string" || /^\d+$/.test(port) || names.includes(port)) return [];
            const path = `${place}.${probe}.${action}.port`;
            const isLiveness = probe === "livenessProbe";
            const fix = isLiveness ? NEVER_ASKED : NEVER_READY;
            const found = findingAt(manifest, path, isUnknown ? UNKNOWN : port, expected, fix);
            return [isLiveness ? { ...found, advisory: true } : found];
        }),
    );
}
