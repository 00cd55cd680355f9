/** A message for incoming webhooks of Slack, Mattermost and Rocket.Chat. */

import { jsonMessage, type Message } from "../http";
import { cut, eventTitle, type RolloutEvent } from "./rolloutEvent";

/** Slack allows 3,000 characters in a section; escaping makes a text up to five times longer. */
const LONGEST = 500;

/** Blocks, and a text for notifications and screen readers. */
export function slackMessage(happened: RolloutEvent): Message {
    const { stack, id, reason, at } = happened;
    const title = eventTitle(happened);
    const text = `${escapeSlack(title)}. ${escapeSlack(reason)}`;
    const time = new Date(at).toISOString();
    const context = `${escapeSlack(id)} · stack ${escapeSlack(stack)} · ${time}`;
    return jsonMessage({
        text,
        blocks: [
            slackSection(`*${escapeSlack(title)}*\n${escapeSlack(reason)}`),
            { type: "context", elements: [mrkdwn(context)] },
        ],
    });
}

function slackSection(text: string) {
    return { type: "section", text: mrkdwn(text) };
}

/** `verbatim`: Slack does not turn names of channels and people into links. */
function mrkdwn(text: string) {
    return { type: "mrkdwn", text, verbatim: true };
}

/** Escapes the three characters with a meaning in Slack: https://docs.slack.dev/messaging/formatting-message-text */
function escapeSlack(text: string): string {
    return cut(text, LONGEST)
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;");
}
