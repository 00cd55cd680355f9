/** The end of a rollout as a CDEvent 0.4.1 in a CloudEvent: https://cdevents.dev/docs/cd/ */
import type { Message } from "../http";
import type { EventName } from "../ports";
import { structured } from "./cloudEvent";
import { eventData, type RolloutEvent } from "./rolloutEvent";

const VERSION = "0.4.1";
/** CDEvents has no words for the phases of a rollout. */
const TYPES: Readonly<Partial<Record<EventName, string>>> = {
    promoted: "dev.cdevents.service.upgraded.0.2.0",
    rolledBack: "dev.cdevents.service.rolledback.0.2.0",
};

/** @returns undefined for an event that is no CDEvent. */
export function cdEvent(happened: RolloutEvent): Message | undefined {
    const { key, event, app, namespace, stack, images, at } = happened;
    const type = TYPES[event];
    if (type === undefined) return undefined;
    const source = `/rollouts/${namespace}/${app}`;
    const timestamp = new Date(at).toISOString();
    // The version that gets every request now.
    const image = event === "promoted" ? images?.canary : images?.stable;
    return structured({
        ...{ id: key, source, type, subject: app, time: timestamp },
        data: {
            context: { version: VERSION, id: key, source, type, timestamp },
            subject: {
                ...{ id: app, source, type: "service" },
                content: {
                    environment: { id: `${stack}/${namespace}` },
                    artifactId: packageUrl(image, app),
                },
            },
            customData: eventData(happened),
            customDataContentType: "application/json",
        },
    });
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md */
export function packageUrl(image: string | undefined, app: string): string {
    const match = /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(\w+:[0-9a-f]+))?$/.exec(image ?? "");
    if (match === null) return `pkg:generic/${encodeURIComponent(app)}`;
    const [, repository = "", tag, digest] = match;
    const name = repository.slice(repository.lastIndexOf("/") + 1).toLowerCase();
    const version = digest === undefined ? "" : `@${encodeURIComponent(digest)}`;
    const qualifiers = [
        `repository_url=${encodeURIComponent(repository)}`,
        ...(tag === undefined ? [] : [`tag=${encodeURIComponent(tag)}`]),
    ];
    return `pkg:oci/${encodeURIComponent(name)}${version}?${qualifiers.join("&")}`;
}
