// `istio-canary status`: one rollout in detail, or all rollouts of a stack.
import type { Slot } from "../../../rollout/config/slots";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";
import { alignColumns } from "../../analysis/text";
import { kubernetesMesh } from "../../driver/kubernetes/mesh";
import { type LeaseView, readLease } from "../../driver/lease/leaseView";
import { selectRollout } from "../../driver/selectRollout";
import { systemClock } from "../../driver/systemClock";
import { chooseRollout } from "../chooseRollout";
import type { RolloutFlags } from "../stackCommand";
import { type Opened, openRollout } from "./open";
import { watchRollout } from "./watchRollout";

export interface Status {
    readonly stack: string;
    /** The component's name in the program. */
    readonly rollout: string;
    readonly app: string;
    readonly namespace: string;
    /** Images of the deployed roles. */
    readonly images: { readonly stable?: string; readonly canary?: string };
    /** `configured`: in the stack's config. `written`: in the VirtualService, or why it could not be read. */
    readonly weight: { readonly configured: number; readonly written: number | string };
    readonly driver: LeaseView | undefined;
}

/** The status of one rollout if the flags name one, or the stack has one; otherwise of all. */
export async function readStatus(flags: RolloutFlags): Promise<readonly Status[]> {
    const one: typeof chooseRollout = async (all, wanted, stack) =>
        wanted === undefined
            ? selectRollout(all.slice(0, 1), wanted, stack)
            : chooseRollout(all, wanted, stack);
    const opened = await openRollout(flags, one);
    const { rollout, others } = opened.config;
    const shown = flags.rollout === undefined ? [rollout, ...others] : [rollout];
    return Promise.all(shown.map((one) => statusOf(opened, one)));
}

/** Follows one rollout until it ends. @returns the exit code. */
export async function watchStatus(flags: RolloutFlags): Promise<number> {
    const { cluster, place } = await openRollout(flags);
    const read = () => readLease(cluster, place, systemClock.now());
    return watchRollout({ read, clock: systemClock, stream: process.stdout });
}

async function statusOf(
    { cluster, config, stack }: Opened,
    rollout: RolloutTarget,
): Promise<Status> {
    const { urn, name, app, namespace, stable, canary } = rollout;
    const place = { app, namespace };
    const written = await kubernetesMesh(cluster, rollout)
        .written()
        .catch((error: Error) => error);
    const found =
        written instanceof Error ? written.message : (written?.shares[canary] ?? "no route");
    return {
        stack,
        rollout: name,
        ...place,
        images: { stable: versionText(rollout, stable), canary: versionText(rollout, canary) },
        weight: { configured: config.weights[urn] ?? 0, written: found },
        driver: await readLease(cluster, place, systemClock.now()),
    };
}

/** The image, or the name of a workload that somebody else manages, whose image is not in the stack. */
function versionText({ images, workloads }: RolloutTarget, slot: Slot): string | undefined {
    const workload = workloads?.[slot];
    return workload === undefined ? images[slot] : `${workload.kind} ${workload.name}`;
}

/** Details of a single rollout, or a line for each. */
export function statusText(all: readonly Status[]): string {
    const [only] = all;
    const lines =
        only !== undefined && all.length === 1
            ? details(only)
            : alignColumns([HEADER, ...all.map(row)]);
    return `${lines.join("\n")}\n`;
}

function details({ namespace, app, stack, weight, driver }: Status): string[] {
    const lines = [
        `${namespace}/${app} (stack ${stack})`,
        `  weight  ${weightText(weight)}`,
        `  driver  ${driver?.live ? `${driver.holder}, seen ${driver.age} s ago` : "none"}`,
    ];
    if (driver?.status !== undefined) {
        const { id, state, reason } = driver.status;
        lines.push(`  rollout ${id}: ${state}`, `          ${reason}`);
    }
    for (const { control, by } of driver?.waiting ?? []) {
        lines.push(`  pending ${control} by ${by}`);
    }
    return lines;
}

const HEADER = ["ROLLOUT", "APP", "STABLE", "CANARY", "WEIGHT", "DRIVER"];

function row({ rollout, namespace, app, images, weight, driver }: Status): string[] {
    const state = driver?.status?.state ?? "running";
    return [
        rollout,
        `${namespace}/${app}`,
        images.stable ?? "none",
        images.canary ?? "none",
        weightText(weight),
        driver?.live ? `${state}, ${driver.holder}` : "none",
    ];
}

function weightText({ configured, written }: Status["weight"]): string {
    const differs = configured !== written;
    return `${configured}${differs ? ` in the config, ${written} in the route` : ""}`;
}
