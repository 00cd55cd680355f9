// Health of a sandbox and its parts.
import { addonStatuses } from "./addons/addonStatus";
import type { Layout } from "./layout";
import { namespacesExist } from "./node/namespaces";
import { nodeDaemons } from "./node/node";
import type { PartContext } from "./parts";
import { type DaemonStatus, daemonStatus } from "./processes/daemon";
import { bootId } from "./processes/processes";
import { readState, type SandboxState } from "./state";

export interface SandboxStatus {
    readonly id: string;
    readonly checkout: string;
    /** `degraded`: it is up, but some part is not healthy. */
    readonly state: "healthy" | "degraded" | "down";
    /** Loopback ports on the machine; absent when down. */
    readonly ports?: SandboxState["ports"];
    /** ISO time. */
    readonly readyAt?: string;
    readonly parts: readonly DaemonStatus[];
}

/** Daemons in start order, then the addons that run as pods. */
export async function sandboxStatus(layout: Layout): Promise<SandboxStatus> {
    const about = { id: layout.id, checkout: layout.checkout };
    const state = readState(layout);
    if (state?.bootId !== bootId() || !namespacesExist(layout)) {
        return { ...about, state: "down", parts: [] };
    }
    // Health checks don't use program paths.
    const context: PartContext = { layout, ports: state.ports, bin: (name) => name };
    const parts = [
        ...(await Promise.all(nodeDaemons(context).map((each) => daemonStatus(layout, each)))),
        ...(await addonStatuses(layout)),
    ];
    const healthy = state.readyAt !== undefined && parts.every((each) => each.state === "healthy");
    return {
        ...about,
        state: healthy ? "healthy" : "degraded",
        ports: state.ports,
        readyAt: state.readyAt,
        parts,
    };
}

/** The status as text for a terminal. */
export function statusTable(status: SandboxStatus): string {
    const title = `sandbox ${status.id} of ${status.checkout}: ${status.state}`;
    if (status.state === "down") {
        return `${title}\nBring it up with: npx istio-canary sandbox up\n`;
    }
    const rows = [
        ["PART", "STATE", "PID", "SINCE", "ADDRESS"],
        ...status.parts.map((part) => [
            part.name,
            part.state,
            part.pid === undefined ? "-" : String(part.pid),
            part.since ?? "-",
            part.address ?? "",
        ]),
    ];
    const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
    const lines = rows.map((row) =>
        row
            .map((cell, i) => cell.padEnd(widths[i] ?? 0))
            .join("  ")
            .trimEnd(),
    );
    const reasons = status.parts
        .filter((part) => part.reason !== undefined)
        .map((part) => `${part.name}: ${part.reason} (npx istio-canary sandbox logs ${part.name})`);
    const advice =
        status.state === "degraded" ? ["Repair it with: npx istio-canary sandbox up"] : [];
    return `${[title, ...lines, ...reasons, ...advice].join("\n")}\n`;
}
