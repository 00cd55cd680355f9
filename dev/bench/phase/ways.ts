// The ways to take a weight phase that are compared: what each edits, and the command that it runs.
import path from "node:path";
import { StackFile } from "../../../canary/driver/pulumi/stackFile";
import { CHECKOUT } from "../../checkout";
import type { Target } from "../../sandbox/demo/target";

export interface Way {
    readonly name: string;
    /** Whose VirtualService it changes. */
    readonly namespace: string;
    /** Left out of the short form. */
    readonly long?: boolean;
    /** There is nothing that a first run could fill. */
    readonly sameWhenCold?: boolean;
    /** The edit that a person makes before the command. */
    edit(weight: number): Promise<void>;
    command(weight: number): { readonly file: string; readonly args: readonly string[] };
    readonly cwd: string;
}

export const NAIVE = path.join(CHECKOUT, "dev", "bench", "programs", "naive");
export const STACKS = { ours: "mesh-bench-phase", naive: "bench" } as const;
export const NAMESPACES = {
    ours: "bench-phase",
    naive: "bench-phase-naive",
    kubectl: "bench-phase-kubectl",
} as const;

/** The names by which ratios are told. */
export const [NAIVE_ALONE, OURS_WITH_PACK, OURS_ALONE] = [
    "naive program",
    "ours with the pack",
    "ours without",
] as const;
export const DRIVER = "the driver: preview with the pack, then up";

/** The same flags for every program. */
const UP = ["up", "--skip-preview", "--yes", "--non-interactive"];

/** @param advisory a file for --policy-pack-config by which no rule refuses the naive program. */
export function waysOf(target: Target, advisory: string): readonly Way[] {
    const packs = path.join(CHECKOUT, "dev", "bench", "programs");
    const ours = pack("policy", CHECKOUT);
    return [
        patchOnly(target),
        program(target, "naive", NAIVE_ALONE, []),
        program(target, "naive", "naive with a pack of one rule", pack("oneRule", packs)),
        {
            ...program(target, "naive", "naive with our pack", [
                ...ours,
                "--policy-pack-config",
                advisory,
            ]),
            long: true,
        },
        program(target, "ours", OURS_ALONE, []),
        program(target, "ours", OURS_WITH_PACK, ours),
    ];
}

function pack(name: string, folder: string): string[] {
    return ["--policy-pack", path.join(folder, name)];
}

function program(target: Target, whose: "ours" | "naive", name: string, flags: string[]): Way {
    const cwd = whose === "ours" ? CHECKOUT : NAIVE;
    const file = new StackFile(cwd, STACKS[whose]);
    const key = whose === "ours" ? "istio-canary:weight" : "bench-naive:weight";
    return {
        name,
        namespace: NAMESPACES[whose],
        cwd,
        edit: (weight) => file.set({ [key]: weight }),
        command: () => ({
            file: target.pulumiFile,
            args: [...UP, "--stack", STACKS[whose], ...flags],
        }),
    };
}

/** Nothing but the API server and the mesh: the least that any way takes. */
function patchOnly(target: Target): Way {
    const namespace = NAMESPACES.kubectl;
    return {
        name: "kubectl patch",
        namespace,
        sameWhenCold: true,
        cwd: CHECKOUT,
        edit: async () => {},
        command: (weight) => ({
            file: target.kubectlFile,
            args: [
                ...["patch", "virtualservice", "web", "-n", namespace, "--type", "merge"],
                ...["-p", JSON.stringify({ spec: { http: routes(weight) } })],
            ],
        }),
    };
}

export function routes(weight: number) {
    const to = (subset: string, share: number) => ({
        destination: { host: "web", subset },
        weight: share,
    });
    return [{ route: [to("v1", 100 - weight), to("v2", weight)] }];
}
