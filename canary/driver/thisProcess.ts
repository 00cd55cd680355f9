/** This process' host and user, and whether another process on this host is running. */
import { hostname, userInfo } from "node:os";

export function thisHost(): string {
    return hostname();
}

/** In a container the user may have no name. */
export function thisUser(): string {
    try {
        return userInfo().username;
    } catch {
        return String(process.getuid?.() ?? "unknown");
    }
}

/** Whether a process runs on this host, whichever user owns it. */
export function processAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
}
