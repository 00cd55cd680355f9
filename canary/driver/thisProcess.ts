/** Who this process is, and whether another one of this host still runs. */
import { hostname, userInfo } from "node:os";

export function thisHost(): string {
    return hostname();
}

/** In a container there may be a user without a name. */
export function thisUser(): string {
    try {
        return userInfo().username;
    } catch {
        return String(process.getuid?.() ?? "unknown");
    }
}

/** Whether a process of this host runs, whoever's it is. */
export function processAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
}
