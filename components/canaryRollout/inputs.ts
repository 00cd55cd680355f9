/** Arguments that come from other resources: taken out before config is checked, and put into the resources that use them. */
import * as pulumi from "@pulumi/pulumi";
import { Deferred, replaceDeferred } from "../../rollout/config/deferred";
import { UNKNOWN } from "../../rollout/config/unknown";

/** Data in which each deferred leaf has become an Output. */
export type Resolved<T> = T extends Deferred
    ? pulumi.Output<string>
    : T extends object
      ? { [Key in keyof T]: Resolved<T[Key]> }
      : T;

/** The arguments with a Deferred for each Output and Promise. */
export function deferInputs(args: unknown): unknown {
    if (pulumi.Output.isInstance(args) || args instanceof Promise) return new Deferred(args);
    if (Array.isArray(args)) return args.map(deferInputs);
    if (typeof args !== "object" || args === null) return args;
    return Object.fromEntries(Object.entries(args).map(([key, one]) => [key, deferInputs(one)]));
}

/** Manifests with an Output for each deferred leaf, as resources take them. */
export function resolveDeferred<T>(manifests: T): Resolved<T> {
    return replaceDeferred(manifests, outputOf) as Resolved<T>;
}

/** Manifests as rules read them in a preview: what is not known yet cannot be judged. */
export function withUnknowns<T>(manifests: T): T {
    return replaceDeferred(manifests, () => UNKNOWN) as T;
}

function outputOf({ from, compute }: Deferred): pulumi.Output<unknown> {
    const known: pulumi.Input<unknown> = replaceDeferred(from, outputOf);
    return pulumi.output({ known }).apply((resolved) => compute(resolved.known as never));
}

/**
 * What the engine is told of the arguments. Values of other resources are left out: with them, every object of the rollout
 * would wait for these resources, and a rollback must not.
 */
export function plainInputs(args: object): pulumi.Inputs {
    const plain = Object.entries(args).map(([key, value]) => [key, withoutOutputs(value)]);
    const { secrets, ...others } = Object.fromEntries(plain);
    return { ...others, ...(secrets !== undefined && { secrets: pulumi.secret(secrets) }) };
}

function withoutOutputs(value: unknown): unknown {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) return undefined;
    if (Array.isArray(value)) return value.map(withoutOutputs);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, withoutOutputs(one)]),
    );
}
