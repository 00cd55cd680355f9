/** Rewrites field conflicts in Pulumi's output for a person. No decision depends on it: text that it does not know stays as it is. */

/** The heading of a resource's messages in Pulumi's diagnostics. */
const HEADING = /^ *(kubernetes:\S+) \(.*\):$/gm;

/** The Kubernetes provider's message about an update, a failed read after it, or a creation. */
const CONFLICT = new RegExp(
    [
        /(?:(?:Preview failed: )?1 error occurred:\s*\* )?/,
        /(?:the Kubernetes API server reported that "(?<object>[^"]+)" failed[^:\n]*|(?:update of )?resource "(?<urn>[^"]+)" (?:failed|was not)[^:\n]*): /,
        /Server-Side Apply field conflict detected\.[^\n]*\n\s*The resource managed by field manager [^\n]* had an apply conflict: /,
        /Apply failed with \d+ conflicts?: (?<list>conflicts? with [^\n]*(?:\n\s*(?:- |conflicts? with )[^\n]*)*)/,
    ]
        .map(({ source }) => source)
        .join(""),
    "g",
);

/** May go on with the API version and the time of the write, which has colons. */
const MANAGER = /^conflicts? with ("[^"]*")(?: with subresource "([^"]*)")?.*?:(?= |$)/;

const TAKE_BACK =
    "Let only one tool apply the object, then take the field back with one `PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up` (docs/driver/gitops.md). If the object is older than the rollout, name it in `adopt` (docs/workload/existing-service.md).";
const ADVICE: Readonly<Record<string, string>> = {
    VirtualService: TAKE_BACK,
    HTTPRoute: TAKE_BACK,
    DestinationRule: TAKE_BACK,
    Service:
        "Set `adopt: [service]`, and the keys of `service` to the live values (docs/workload/existing-service.md).",
};
const REPLICAS =
    "If an autoscaler sets it, set `versions.<slot>.autoscaling.external` (docs/workload/autoscaling.md), or `ignoreChanges` on a Deployment of your own.";
const OTHERWISE =
    "Remove the field from what that tool applies, or let your program ignore it with `ignoreChanges`.";

/** @param type the resource's type, unless the text names it. */
export function explainConflicts(text: string, type?: string): string {
    const headings = [...text.matchAll(HEADING)];
    return text.replace(CONFLICT, (...match) => {
        const { object, urn, list = "" }: Record<string, string | undefined> = match.at(-1);
        const at: number = match.at(-3);
        const [, heading] = headings.findLast(({ index }) => index < at) ?? [];
        const found = conflictsIn(list);
        if (found.length === 0) return match[0];
        const kind = kindOf(urn ?? heading ?? type ?? "");
        const name = [kind, object ?? urn?.split("::").at(-1)].filter(Boolean).join(" ");
        return found
            .map(({ field, manager }) => {
                const advice = field === "spec.replicas" ? REPLICAS : (ADVICE[kind] ?? OTHERWISE);
                return `${name}: ${field}: expected no other field manager, got ${manager}. ${advice}`;
            })
            .join("\n");
    });
}

/** `kubernetes:apps/v1:Deployment`, also at the end of a URN's types. */
function kindOf(type: string): string {
    return (type.split("::").at(-2) ?? type).split(":").at(-1) ?? "";
}

interface Conflict {
    readonly field: string;
    readonly manager: string;
}

/** One conflict is in a line; several are below their managers, each in a line. */
function conflictsIn(list: string): Conflict[] {
    let manager = "";
    return list.split("\n").flatMap((line) => {
        const text = line.trim();
        const [heading = "", name, subresource] = MANAGER.exec(text) ?? [];
        if (name !== undefined) {
            manager = subresource === undefined ? name : `${name} (subresource ${subresource})`;
        }
        const field = text.slice(heading.length).replace(/^\s*(?:- )?\.?/, "");
        return field === "" ? [] : [{ field, manager }];
    });
}
