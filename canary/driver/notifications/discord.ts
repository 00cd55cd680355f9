/** A message for a Discord webhook: https://docs.discord.com/developers/resources/webhook#execute-webhook */
import { jsonMessage, type Message } from "../http";
import { cut, eventTitle, type RolloutEvent } from "./rolloutEvent";

/** Discord's limits: 256 characters of a title, 4,096 of a description; escaping doubles a text at most. */
const [TITLE, DESCRIPTION] = [120, 2_000];

const COLOURS: Readonly<Partial<Record<RolloutEvent["event"], number>>> = {
    promoted: 0x00624d,
    rolledBack: 0x9b1c1c,
    held: 0x6a5300,
    waiting: 0x6a5300,
};

export function discordMessage(happened: RolloutEvent): Message {
    const { id, stack, reason, event, at } = happened;
    const color = COLOURS[event] ?? 0x4b5661;
    return jsonMessage({
        embeds: [
            {
                title: escapeDiscord(cut(eventTitle(happened), TITLE)),
                description: escapeDiscord(cut(reason, DESCRIPTION)),
                color,
                timestamp: new Date(at).toISOString(),
                footer: { text: cut(`${id} · stack ${stack}`, 2_000) },
            },
        ],
        // Nobody is mentioned, whatever a reason says.
        allowed_mentions: { parse: [] },
    });
}

function escapeDiscord(text: string): string {
    return text.replace(/[\\*_~`|>[\]()#<:@-]/g, "\\$&");
}
