// Exit codes: 0 done, 1 rolled back or violations, 2 could not run.

/** Commands set it. Default: 0. */
export interface ExitCode {
    code: number;
}
