/** Config: the Service's ports beside `port`. */
import type { z } from "zod";
import { boolean, doc, integer, listOf, mapping, named, oneOf } from "../fields";
import { key } from "../key";
import { type Problem, wrongValue } from "../problems";
import { PROTOCOLS, type Protocol } from "./app";
import type { Mode } from "./mode";
import { portName, targetPort } from "./service";
import { pathList, targetList } from "./targets";

const portSchema = mapping({
    name: doc(portName(), "Name of the Service's port, and the end of its routes' names."),
    port: doc(integer(1, 65_535), "Port of the Service."),
    protocol: doc(
        oneOf(PROTOCOLS).default("http"),
        "Protocol of the application on this port, as in `protocol`. It becomes the port's `appProtocol`.",
    ),
    targetPort: doc(
        targetPort().optional(),
        "Port of the pods: a number, or the name of a port that the containers of both versions declare.",
        "the number in `port`",
    ),
    targets: doc(
        targetList().optional(),
        "Targets of the port's requests, instead of `targets` of all ports.",
        "`targets` of all ports",
    ),
    stableOnlyPaths: doc(
        pathList().optional(),
        "Stable-only paths of the port's requests, instead of `stableOnlyPaths` of all ports.",
        "`stableOnlyPaths` of all ports",
    ),
    split: doc(
        boolean().default(true),
        "Whether the weight splits the port's requests or connections. If `false`, all of them go to the stable version.",
    ),
});

export type PortConfig = z.output<typeof portSchema>;

export const portKeys = {
    ports: key(
        doc(
            listOf("ports, each with a name and a port", named("ServicePortArgs", portSchema))
                .refine((ports) => ports.length <= 20, "at most 20 ports")
                .default([]),
            "Further ports of the Service. All ports have the same weight, except those with `split: false`.",
        ),
    ),
};

interface PortValues {
    readonly port: number;
    readonly protocol: Protocol;
    readonly service: { readonly portName?: string | undefined };
    readonly ports: readonly PortConfig[];
    readonly mode: Mode;
}

export function portRelations(config: Partial<PortValues>): Problem[] {
    const { port, protocol, service = {}, ports = [], mode } = config;
    const first = { name: service.portName ?? protocol, port };
    return ports.flatMap((one, index) => {
        const before = [first, ...ports.slice(0, index)];
        const path = (field: keyof PortConfig) => ["ports", index, field];
        const problems: Problem[] = [];
        for (const field of ["name", "port"] as const) {
            if (before.every((other) => other[field] !== one[field])) continue;
            problems.push(wrongValue(path(field), "a value that no other port has", one[field]));
        }
        if (protocol === "tcp" && one.protocol !== "tcp") {
            const expected = "tcp, because protocol is tcp";
            const fix = `Set \`port\` and \`protocol\` to those of ${one.name}, and add the other port to \`ports\``;
            problems.push(wrongValue(path("protocol"), expected, one.protocol, fix));
        }
        if (mode === "replicas" && !one.split) {
            const expected = "true, because mode replicas splits connections by the number of pods";
            problems.push(wrongValue(path("split"), expected, one.split));
        }
        return [...problems, ...requestProblems(one, index, mode)];
    });
}

/** Targets and stable-only paths of a port that has none of its own. */
function requestProblems(port: PortConfig, index: number, mode: Mode | undefined): Problem[] {
    const why =
        mode === "replicas"
            ? "mode replicas runs without Istio"
            : port.protocol === "tcp"
              ? "protocol tcp has no requests"
              : port.split
                ? undefined
                : "without a split, all requests go to the stable version";
    const path = (...fields: PropertyKey[]) => ["ports", index, ...fields];
    if (why !== undefined) {
        return (["targets", "stableOnlyPaths"] as const).flatMap((field) =>
            port[field] === undefined
                ? []
                : [wrongValue(path(field), `no value, because ${why}`, port[field])],
        );
    }
    return (port.targets ?? []).flatMap(({ claims }, place) => {
        if (claims === undefined) return [];
        const expected = "no claims, because gateways, which evaluate them, serve `port` only";
        const fix = "Move the target to `targets`";
        return [wrongValue(path("targets", place, "claims"), expected, claims, fix)];
    });
}
