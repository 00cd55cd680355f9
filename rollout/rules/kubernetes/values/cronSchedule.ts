/** Schedules of CronJobs: ParseStandard of github.com/robfig/cron/v3, which the API server calls. */
import { parseGoDuration } from "../../schema/goDuration";

const DESCRIPTORS = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Bounds {
    readonly least: number;
    readonly most: number;
    readonly names?: readonly string[];
}

const FIELDS: readonly Bounds[] = [
    { least: 0, most: 59 },
    { least: 0, most: 23 },
    { least: 1, most: 31 },
    { least: 1, most: 12, names: MONTHS },
    { least: 0, most: 6, names: DAYS },
];

export function isCronSchedule(text: string): boolean {
    if (text.startsWith("@every ")) return parseGoDuration(text.slice(7)) !== undefined;
    if (text.startsWith("@")) return DESCRIPTORS.includes(text);
    const fields = text.trim().split(/\s+/);
    return (
        fields.length === FIELDS.length &&
        FIELDS.every((bounds, index) => isField(fields[index] ?? "", bounds))
    );
}

/** Commas without a range between them are skipped. */
function isField(field: string, bounds: Bounds): boolean {
    return field.split(",").every((range) => range === "" || isRange(range, bounds));
}

function isRange(range: string, bounds: Bounds): boolean {
    const [ends = "", step, ...moreSteps] = range.split("/");
    const [low = "", high, ...moreEnds] = ends.split("-");
    if (moreSteps.length > 0 || (step !== undefined && !(numberOf(step) ?? 0))) return false;
    if (low === "*" || low === "?") return true;
    const start = numberOf(low, bounds);
    const implied = step === undefined ? start : bounds.most;
    const end = high === undefined ? implied : numberOf(high, bounds);
    if (start === undefined || end === undefined || moreEnds.length > 0) return false;
    return start >= bounds.least && end <= bounds.most && start <= end;
}

/** strconv.Atoi without negative numbers, or a name. */
function numberOf(text: string, { names = [], least }: Partial<Bounds> = {}): number | undefined {
    const index = names.indexOf(text.toLowerCase());
    if (index >= 0) return index + (least ?? 0);
    return /^(\+?\d+|-0+)$/.test(text) ? Number(text) : undefined;
}
