/** Requests, and how many of them failed or took longer than a bound. */
export interface Arm {
    readonly requests: number;
    readonly failed: number;
}

/** Both versions in one stratum: one scrape of one source. */
export interface Counts {
    readonly canary: Arm;
    readonly stable: Arm;
}
