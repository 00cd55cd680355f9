/**
 * Refuses a rollout that the engine would not recognize as the one in the stack's state. The engine identifies a component by its
 * URN. With another one it creates every object, which in the cluster takes over the existing objects, and then deletes them.
 */
import * as pulumi from "@pulumi/pulumi";
import type { PreviousRollout } from "../../rollout/plan/previousRollouts";
import { ArgumentsError } from "./checks";

/** @throws ArgumentsError if the state has the app `route` under a URN that is neither the component's nor one of its aliases. */
export async function refuseNewUrn(
    rollout: pulumi.Resource,
    route: string,
    previous: readonly PreviousRollout[],
): Promise<void> {
    const found = previous.filter((one) => one.route === route).map(({ urn }) => urn);
    const [urn] = found;
    if (urn === undefined) return;
    const [current = "", ...aliases] = await urnsOf(rollout as WithInternals);
    if (found.some((one) => one === current || aliases.includes(one))) return;
    const name = nameIn(current);
    throw new ArgumentsError(
        `CanaryRollout ${name} has another URN than in the last update. Nothing was changed.`,
        [
            {
                propertyPath: "aliases",
                reason: `expected the URN ${urn}, which the stack's state has for the app ${route}, got ${current}. Add \`aliases: ["${urn}"]\` to the options of CanaryRollout ${name}: otherwise the update deletes all its objects after it has written them, because they have the same names.`,
            },
        ],
    );
}

/** What Pulumi's SDK knows about a resource, but has no public way to read. */
interface WithInternals extends pulumi.Resource {
    readonly __pulumiType?: string;
    readonly __name?: string;
    readonly __aliases?: readonly pulumi.Input<string>[];
    readonly __parentResource?: WithInternals;
}

/** A resource's URN, computed because the engine has not assigned it yet, and the URNs of its aliases, also through its parents. */
async function urnsOf(resource: WithInternals): Promise<string[]> {
    const { __pulumiType: type = "", __name: name = "", __parentResource: parent } = resource;
    const own = [pulumi.createUrn(name, type, parent), ...(resource.__aliases ?? [])];
    const urns = await Promise.all(own.map(resolved));
    if (parent === undefined) return urns;
    const [current = "", ...aliases] = await urnsOf(parent);
    const below = `${typesIn(current)}$`;
    const inherited = aliases.flatMap((alias) =>
        urns
            .filter((urn) => urn.startsWith(below))
            .map((urn) => {
                const ofParent = nameIn(current);
                const ofChild = nameIn(urn);
                // As the engine does: a child named after its parent is renamed with it.
                const renamed = ofChild.startsWith(ofParent)
                    ? nameIn(alias) + ofChild.slice(ofParent.length)
                    : ofChild;
                return `${typesIn(alias)}$${typesIn(urn).slice(below.length)}::${renamed}`;
            }),
    );
    return [...urns, ...inherited];
}

/** `urn:pulumi:dev::shop::a:b:Shop$istio-canary:index:CanaryRollout` */
function typesIn(urn: string): string {
    return urn.slice(0, urn.lastIndexOf("::"));
}

function nameIn(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

function resolved(urn: pulumi.Input<string>): Promise<string> {
    return new Promise((resolve) => {
        pulumi.output(urn).apply(resolve);
    });
}
