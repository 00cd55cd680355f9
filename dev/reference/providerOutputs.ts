/** The outputs of CanaryRollout in its Pulumi schema. */
import { name } from "../../package.json";
import { SLOTS } from "../../rollout/config/slots";

/** The parts of a property's schema that this project uses. See Pulumi's "Package schema" for all. */
export interface Property {
    readonly type?: string;
    readonly $ref?: string;
    readonly items?: Property;
    readonly additionalProperties?: Property;
    readonly description?: string;
    /** The value must be known in preview; programs cannot pass an Output. */
    readonly plain?: true;
}

/** An object type or an enum. */
export type TypeSpec = Readonly<Record<string, unknown>>;

export function typeToken(typeName: string): string {
    return `${name}:index:${typeName}`;
}

export function reference(typeName: string): Property {
    return { $ref: `#/types/${typeToken(typeName)}` };
}

/** The public properties of the class in components/canaryRollout. A test compares them. */
export const OUTPUTS: Readonly<Record<string, Property>> = {
    host: {
        type: "string",
        description: "Fully qualified name of the Service: the host that clients call.",
    },
    principals: {
        ...reference("Principals"),
        description:
            "Principal of each slot, even if the slot has no version. An allow-list needs both.",
    },
    shares: { ...reference("Shares"), description: "Percentage of requests per slot." },
    share: {
        ...reference("CanaryShare"),
        description:
            "Percentage of requests that the canary gets: requested, and reachable with the number of pods in mode `replicas`.",
    },
    stable: { type: "string", description: "Slot of the stable version." },
    canary: { type: "string", description: "Slot of the canary." },
    weight: { type: "integer", description: "Percentage of requests that the canary gets." },
};

export const OUTPUT_TYPES: Readonly<Record<string, TypeSpec>> = {
    Principals: objectOf(SLOTS, "string"),
    Shares: objectOf(SLOTS, "number"),
    CanaryShare: objectOf(["asked", "reachable"], "number"),
};

function objectOf(keys: readonly string[], type: string): TypeSpec {
    const properties = Object.fromEntries(keys.map((key) => [key, { type }]));
    return { type: "object", properties, required: keys };
}
