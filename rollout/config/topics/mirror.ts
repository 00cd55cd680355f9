/** Config: mirroring (dark launch). The canary gets copies of requests; Envoy discards its responses. */
import type { z } from "zod";
import { doc, integer, listOf, mapping, named, oneOf } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";
import type { Slot } from "../slots";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

const mirrorSchema = mapping({
    percentage: doc(integer(0, 100).default(0), "Percentage of requests to copy."),
    methods: doc(
        listOf(METHODS.join(", "), oneOf(METHODS))
            .min(1, "at least one method (to stop mirroring, set `percentage` to 0)")
            .default(["GET", "HEAD", "OPTIONS"]),
        "HTTP methods to copy.",
    ),
});

export const mirrorKeys = {
    mirror: key(
        doc(
            named("MirrorArgs", mirrorSchema).prefault({}),
            "Mirror requests to the canary and discard its responses (dark launch). Allowed only at weight 0.",
        ),
        REQUESTS,
    ),
};

interface MirrorValues {
    readonly mirror: z.output<typeof mirrorSchema>;
    readonly canary: Slot;
    readonly weight: number;
    readonly versions: Readonly<Partial<Record<Slot, unknown>>>;
    readonly protocol: string;
}

export function mirrorRelations(config: Partial<MirrorValues>): Problem[] {
    const { mirror, canary, weight, versions, protocol } = config;
    if (mirror === undefined || mirror.percentage === 0) return [];
    const problems: Problem[] = [];
    const addProblem = (field: string, expected: string, found: unknown) =>
        problems.push(wrongValue(["mirror", field], expected, found));
    if (weight !== undefined && weight > 0) {
        // Otherwise a rollback to weight 0 would start mirroring to a failing canary.
        addProblem("percentage", `0, because weight is ${weight}`, mirror.percentage);
    } else if (canary !== undefined && versions !== undefined && versions[canary] === undefined) {
        addProblem("percentage", `0, because versions.${canary} is missing`, mirror.percentage);
    }
    if (protocol === "grpc" && !mirror.methods.includes("POST")) {
        const expected = "a list with POST, because every gRPC request is a POST";
        addProblem("methods", expected, mirror.methods);
    }
    return problems;
}
