/** Replaces arguments that come from other resources by placeholders for the config checks, and restores them in resources. */
import * as pulumi from "@pulumi/pulumi";
import { Deferred, replaceDeferred } from "../../rollout/config/deferred";
import { UNKNOWN } from "../../rollout/config/unknown";

/** Data in which every Deferred is replaced by an Output. */
export type Resolved<T> = T extends Deferred
    ? pulumi.Output<string>
    : T extends object
      ? { [Key in keyof T]: Resolved<T[Key]> }
      : T;

/** Replaces every Output and Promise in the arguments by a Deferred. */
export function deferInputs(args: unknown): unknown {
    if (pulumi.Output.isInstance(args) || args instanceof Promise) return new Deferred(args);
    if (Array.isArray(args)) return args.map(deferInputs);
    if (typeof args !== "object" || args === null) return args;
    return Object.fromEntries(Object.entries(args).map(([key, one]) => [key, deferInputs(one)]));
}

/** Replaces every Deferred in the manifests by an Output, for use in resources. */
export function resolveDeferred<T>(manifests: T): Resolved<T> {
    return replaceDeferred(manifests, outputOf) as Resolved<T>;
}

/** Replaces every Deferred in the manifests by UNKNOWN, for the rules. */
export function withUnknowns<T>(manifests: T): T {
    return replaceDeferred(manifests, () => UNKNOWN) as T;
}

function outputOf({ from, compute }: Deferred): pulumi.Output<unknown> {
    const known: pulumi.Input<unknown> = replaceDeferred(from, outputOf);
    return pulumi.output({ known }).apply((resolved) => compute(resolved.known as never));
}

/**
 * The arguments to register as the component's inputs. Omits values from other resources: otherwise every object of the rollout
 * would wait for those resources, and a rollback must not.
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
