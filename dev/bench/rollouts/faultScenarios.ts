// What goes wrong with the new version, as data: the same for every tool.

export interface Scenario {
    readonly id: string;
    readonly title: string;
    /** What Fortio's echo server answers by default, in its own parameters: the stable version's and the new one's. */
    readonly stable: string;
    readonly canary: string;
    /** Pods of each version. */
    readonly replicas: number;
    /** Of the route. */
    readonly timeout: string;
    /** Requests per second; 0 for no client at all. */
    readonly rate: number;
    /** What happens to the new version's pods once they have had a request, every few seconds. */
    readonly crash?: "all" | "one";
    /** An answer that took longer, milliseconds, counts as a bad one. */
    readonly slowMs?: number;
    /** Nothing is wrong with it: a rollback is a false alarm, a failed request the tool's own. */
    readonly healthy: boolean;
}

const RATE = 100;

const usual = {
    stable: "",
    canary: "",
    replicas: 2,
    timeout: "5s",
    rate: RATE,
    healthy: false,
} satisfies Partial<Scenario>;

export const SCENARIOS: readonly Scenario[] = [
    { ...usual, id: "S1", title: "100 % errors", canary: "status=503:100" },
    { ...usual, id: "S2", title: "5 % errors", canary: "status=503:5" },
    {
        ...usual,
        id: "S3",
        title: "0.9 % errors against 0.1 %",
        stable: "status=503:0.1",
        canary: "status=503:0.9",
    },
    { ...usual, id: "S4", title: "300 ms slower", canary: "delay=300ms", slowMs: 250 },
    { ...usual, id: "S5", title: "pods crash once they get requests", crash: "all" },
    {
        ...usual,
        id: "S6",
        title: "30 % errors, one of four pods flaps",
        canary: "status=503:30",
        replicas: 4,
        crash: "one",
    },
    {
        ...usual,
        id: "S16",
        title: "20 % cut off by the route's timeout",
        canary: "delay=1.5s:20",
        timeout: "1s",
    },
    { ...usual, id: "S13", title: "healthy: promoted, then taken back", healthy: true },
    { ...usual, id: "S8", title: "healthy, no traffic", rate: 0, healthy: true },
    { ...usual, id: "S9", title: "healthy, 1 request/s", rate: 1, healthy: true },
];

/** As Fortio takes them: the version says in a header which it is. */
export function echoParameters(version: "v1" | "v2", { stable, canary }: Scenario): string {
    const more = version === "v1" ? stable : canary;
    return `header=X-Version:${version}${more === "" ? "" : `&${more}`}`;
}

/** The scenarios of a list such as "S1,S16", all without one. @throws Error that names what is not known. */
export function chosen<T extends { readonly id: string }>(
    all: readonly T[],
    list: string | undefined,
    flag: string,
): readonly T[] {
    if (list === undefined) return all;
    const ids = list.split(",");
    const unknown = ids.filter((id) => !all.some((one) => one.id === id));
    if (unknown.length > 0) {
        const known = all.map(({ id }) => id).join(", ");
        throw new Error(`${flag}: ${unknown.join(", ")} not known; there are ${known}`);
    }
    return all.filter(({ id }) => ids.includes(id));
}
