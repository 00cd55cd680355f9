/** A dark launch: copies of requests to the canary, whose answers nobody sees. */
import { z } from "zod";
import { integer, mapping, oneOf } from "../fields";
import { type Problem, wrong } from "../problems";
import type { RolloutConfig } from "../rolloutConfig";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

export const mirrorSchema = mapping({
    percentage: integer(0, 100).default(0),
    methods: z
        .array(oneOf(METHODS), { error: `must be a list of ${METHODS.join(", ")}` })
        .min(1, "must name at least one method; for no mirror set percentage to 0")
        .default(["GET", "HEAD", "OPTIONS"]),
});

/** What is wrong between a mirror and other keys. */
export function mirrorRelations(config: Partial<RolloutConfig>): Problem[] {
    const { mirror, canary, weight, versions, protocol } = config;
    if (mirror === undefined || mirror.percentage === 0) return [];
    const problems: Problem[] = [];
    const refuse = (key: string, must: string, found: unknown) =>
        problems.push({ path: ["mirror", key], reason: wrong(must, found) });
    if (weight !== undefined && weight > 0) {
        // Else a rollback would begin to mirror.
        const must = `must be 0 while weight is ${weight}: a dark launch ends before the first phase`;
        refuse("percentage", must, mirror.percentage);
    } else if (canary !== undefined && versions !== undefined && versions[canary] === undefined) {
        const must = `must be 0 while versions.${canary} is missing: say what the canary runs`;
        refuse("percentage", must, mirror.percentage);
    }
    if (protocol === "grpc" && !mirror.methods.includes("POST")) {
        const must = "must include POST with protocol grpc: all of its requests are that";
        refuse("methods", must, mirror.methods);
    }
    return problems;
}
