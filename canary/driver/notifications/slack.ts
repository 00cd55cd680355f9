/** A message as Slack's incoming webhooks take it, and Mattermost's and Rocket.Chat's. */

import type { Message } from "../http";
import type { EventName } from "../ports";
import type { Happened } from "./notifier";

const TITLES: Readonly<Record<EventName, (weight: number) => string>> = {
    started: (weight) => `rollout started at weight ${weight}`,
    phase: (weight) => `weight ${weight} is next`,
    verdict: (weight) => `weight ${weight} has passed`,
    waiting: (weight) => `waiting at weight ${weight}`,
    rolledBack: () => "rolled back",
    promoted: () => "promoted",
    held: (weight) => `stopped at weight ${weight}`,
};

/** Slack takes 3,000 characters in a section; escaping makes them up to five times as many. */
const LONGEST = 500;

/** Blocks, and the text for notifications and for screen readers. */
export function slackMessage(happened: Happened): Message {
    const { event, app, namespace, stack, id, weight, reason, at } = happened;
    const title = `${namespace}/${app}: ${TITLES[event](weight)}`;
    const text = `${escaped(title)}. ${escaped(reason)}`;
    const time = new Date(at).toISOString();
    const context = `${escaped(id)} · stack ${escaped(stack)} · ${time}`;
    const body = JSON.stringify({
        text,
        blocks: [
            section(`*${escaped(title)}*\n${escaped(reason)}`),
            { type: "context", elements: [mrkdwn(context)] },
        ],
    });
    return { headers: { "content-type": "application/json; charset=utf-8" }, body };
}

function section(text: string) {
    return { type: "section", text: mrkdwn(text) };
}

/** `verbatim`: names of channels and people in it become no links. */
function mrkdwn(text: string) {
    return { type: "mrkdwn", text, verbatim: true };
}

/** The three characters that Slack gives a meaning: https://docs.slack.dev/messaging/formatting-message-text */
function escaped(text: string): string {
    const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    return short.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
