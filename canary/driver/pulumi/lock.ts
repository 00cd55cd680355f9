/** Whose lock keeps the engine from working, and whether that process is gone. */

import { fileURLToPath } from "node:url";

/** Somebody who holds a stack's lock. */
export interface LockHolder {
    readonly user: string;
    readonly host: string;
    readonly pid: number;
    /** The lock itself, where the backend is a folder. */
    readonly file: string | undefined;
}

/** The holders that a self-managed backend names in its refusal; none where a backend does not tell. */
export function holdersIn(refusal: string): LockHolder[] {
    const holder = /(\S+): created by ([^\s@]+)@(\S+) \(pid (\d+)\)/g;
    return [...refusal.matchAll(holder)].map(([, lock = "", user = "", host = "", pid]) => ({
        user,
        host,
        pid: Number(pid),
        file: /^file:\/\/\/./.test(lock) ? fileURLToPath(lock) : undefined,
    }));
}

/**
 * Whether every holder is a process of this host that has ended, or of a host that is known to have. A living one's lock, that of
 * any other host, and one that nobody is named for are never cleared.
 */
export function stale(
    holders: readonly LockHolder[],
    host: string,
    alive: (pid: number) => boolean,
    ended: ReadonlySet<string> = new Set(),
): { readonly clear: boolean; readonly reason: string } {
    const [first] = holders;
    if (first === undefined) {
        return {
            clear: false,
            reason: "the stack is locked, and the backend does not say by whom",
        };
    }
    const held = holders.find((one) => (one.host === host ? alive(one.pid) : !ended.has(one.host)));
    if (held === undefined) {
        const reason = `the stack's lock of ${text(first)} is cleared: that process is dead`;
        return { clear: true, reason };
    }
    const why = held.host === host ? "which is running" : "another host than this one";
    return { clear: false, reason: `the stack is locked by ${text(held)}, ${why}` };
}

function text({ user, host, pid }: LockHolder): string {
    return `${user}@${host} (pid ${pid})`;
}
