/** A message for incoming webhooks of Slack, Mattermost and Rocket.Chat. */

import type { Message } from "../http";
import type { EventName } from "../ports";
import type { RolloutEvent } from "./rolloutEvent";

const TITLES: Readonly<Record<EventName, (weight: number) => string>> = {
    started: (weight) => `rollout started at weight ${weight}`,
    phase: (weight) => `weight ${weight} is next`,
    verdict: (weight) => `weight ${weight} has passed`,
    waiting: (weight) => `waiting at weight ${weight}`,
    rolledBack: () => "rolled back",
    promoted: () => "promoted",
    held: (weight) => `stopped at weight ${weight}`,
};

/** Slack allows 3,000 characters in a section; escaping makes a text up to five times longer. */
const LONGEST = 500;

/** Blocks, and a text for notifications and screen readers. */
export function slackMessage(happened: RolloutEvent): Message {
    const { event, app, namespace, stack, id, weight, reason, at } = happened;
    const title = `${namespace}/${app}: ${TITLES[event](weight)}`;
    const text = `${escapeSlack(title)}. ${escapeSlack(reason)}`;
    const time = new Date(at).toISOString();
    const context = `${escapeSlack(id)} · stack ${escapeSlack(stack)} · ${time}`;
    const body = JSON.stringify({
        text,
        blocks: [
            slackSection(`*${escapeSlack(title)}*\n${escapeSlack(reason)}`),
            { type: "context", elements: [mrkdwn(context)] },
        ],
    });
    return { headers: { "content-type": "application/json; charset=utf-8" }, body };
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
    const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    return short.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
