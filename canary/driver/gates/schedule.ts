/** When a phase may begin: weekly windows in a time zone. */
import { DateTime } from "luxon";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const WINDOW = /^(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)$/;

export interface ScheduleState {
    readonly open: boolean;
    /** When the schedule closes or next opens, in milliseconds since the epoch. */
    readonly until: number;
}

interface Time {
    readonly hour: number;
    readonly minute: number;
}

interface Window {
    /** ISO weekdays on which the window opens: 1 is Monday. */
    readonly days: ReadonlySet<number>;
    readonly from: Time;
    readonly to: Time;
}

/**
 * Whether one of the windows is open. If its end is not after its start, a window ends on the next day: "Fri 22:00-02:00" ends on
 * Saturday, "Sat 00:00-00:00" is the whole day. The end is exclusive. Hours are local to the zone, so a window is longer or shorter
 * on a day when the clocks change.
 * @param windows as in config: "Mon-Fri 09:00-17:00"; days may wrap ("Sat-Mon").
 * @param now milliseconds since the epoch.
 */
export function scheduleAt(windows: readonly string[], zone: string, now: number): ScheduleState {
    const spans = windows.map(parseWindow).flatMap((window) => spansAround(window, zone, now));
    let until = now;
    // Another window may begin where this one ends.
    for (let grew = true; grew; ) {
        const next = spans.find(({ from, to }) => from <= until && until < to);
        grew = next !== undefined;
        until = next?.to ?? until;
    }
    if (until > now) return { open: true, until };
    const opens = spans.map(({ from }) => from).filter((from) => from > now);
    return { open: false, until: Math.min(...opens) };
}

/** "Mon 23 Nov 2026 09:00 Europe/London". */
export function zonedTime(at: number, zone: string): string {
    const time = DateTime.fromMillis(at, { zone, locale: "en" });
    return `${time.toFormat("ccc d LLL yyyy HH:mm")} ${time.zoneName}`;
}

function parseWindow(text: string): Window {
    const [, first = "", last, ...times] = WINDOW.exec(text) ?? [];
    const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = times.map(Number);
    const days = new Set<number>();
    const end = DAYS.indexOf(last ?? first);
    for (let day = DAYS.indexOf(first); ; day = (day + 1) % 7) {
        days.add(day + 1);
        if (day === end) break;
    }
    return {
        days,
        from: { hour: fromHour, minute: fromMinute },
        to: { hour: toHour, minute: toMinute },
    };
}

/** Every opening of a window from yesterday to the same weekday of next week, in milliseconds since the epoch. */
function spansAround({ days, from, to }: Window, zone: string, now: number) {
    const today = DateTime.fromMillis(now, { zone }).startOf("day");
    const nextDay = to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
    return Array.from({ length: 9 }, (_, offset) => today.plus({ days: offset - 1 }))
        .filter(({ weekday }) => days.has(weekday))
        .map((day) => ({
            from: day.set(from).toMillis(),
            to: (nextDay ? day.plus({ days: 1 }) : day).set(to).toMillis(),
        }));
}
