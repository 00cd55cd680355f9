/** An Adaptive Card for a Teams workflow ("When a Teams webhook request is received"). */
import { jsonMessage, type Message } from "../http";
import { cut, eventTitle, type RolloutEvent } from "./rolloutEvent";

/** A message may have 28 KB: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
const LONGEST = 2_000;

const COLOURS: Readonly<Partial<Record<RolloutEvent["event"], string>>> = {
    promoted: "good",
    rolledBack: "attention",
    held: "warning",
    waiting: "warning",
};

export function teamsMessage(happened: RolloutEvent): Message {
    const { id, stack, weight, reason, event, at } = happened;
    const facts = [
        { title: "Rollout", value: id },
        { title: "Stack", value: stack },
        { title: "Weight", value: `${weight} %` },
        { title: "Time", value: new Date(at).toISOString() },
    ];
    const content = {
        $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
        type: "AdaptiveCard",
        version: "1.4",
        body: [
            textRun(eventTitle(happened), { weight: "bolder", color: COLOURS[event] ?? "default" }),
            textRun(cut(reason, LONGEST), {}),
            { type: "FactSet", facts },
        ],
    };
    const contentType = "application/vnd.microsoft.card.adaptive";
    return jsonMessage({
        type: "message",
        attachments: [{ contentType, contentUrl: null, content }],
    });
}

/** Teams does not look for Markdown in a text run, so a reason cannot become a link or a mention. */
function textRun(text: string, style: Readonly<Record<string, string>>) {
    return { type: "RichTextBlock", inlines: [{ type: "TextRun", text, ...style }] };
}
