/** Who holds a stack's lock, and whether that process is gone. */
import { fileURLToPath } from "node:url";

export interface LockHolder {
    readonly user: string;
    readonly host: string;
    readonly pid: number;
    /** The lock's file, if the backend is a folder. */
    readonly file: string | undefined;
}

/** The holders that a self-managed backend names when it refuses; empty if it names none. */
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
 * Whether the lock may be cleared: each holder must be an ended process of this host, or on a host that is known to have ended.
 * Never clears a lock whose holder is running, is on any other host, or is not named.
 */
export function lockVerdict(
    holders: readonly LockHolder[],
    host: string,
    alive: (pid: number) => boolean,
    ended: ReadonlySet<string> = new Set(),
): { readonly clear: boolean; readonly reason: string } {
    const [first] = holders;
    if (first === undefined) {
        return {
            clear: false,
            reason: "the stack is locked, and the backend does not name the holder",
        };
    }
    const held = holders.find((one) => (one.host === host ? alive(one.pid) : !ended.has(one.host)));
    if (held === undefined) {
        const reason = `cleared the stack's lock: its holder ${holderText(first)} has ended`;
        return { clear: true, reason };
    }
    const why = held.host === host ? "which is running" : "which is on another host";
    return { clear: false, reason: `the stack is locked by ${holderText(held)}, ${why}` };
}

function holderText({ user, host, pid }: LockHolder): string {
    return `${user}@${host} (pid ${pid})`;
}
