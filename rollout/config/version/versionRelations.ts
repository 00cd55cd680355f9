/** What does not fit together between the keys of a version. */

import { type Problem, wrong } from "../problems";
import { type RolloutConfig, SLOTS } from "../rolloutConfig";
import { at, items } from "../unknown";
import type { VersionConfig } from "./version";

export function workloadRelations({
    app,
    versions,
    secrets,
    capacity,
}: Partial<RolloutConfig>): Problem[] {
    return SLOTS.flatMap((slot) => {
        const version = versions?.[slot];
        if (version === undefined) return [];
        const problems = [
            ...mounts(version),
            ...variables(version),
            ...containers(version, app),
            ...scaling(version, capacity),
        ];
        return [
            ...problems.map(({ path, reason }) => ({ path: ["versions", slot, ...path], reason })),
            ...secretVariables(version, secrets?.[slot]).map((name) => ({
                path: ["secrets", slot, name],
                reason: `must be set once; it is in versions.${slot} too`,
            })),
        ];
    });
}

/** Every mounted volume is there. */
function mounts(version: VersionConfig): Problem[] {
    const patched = items(at(version.podTemplate, "spec", "volumes"));
    const known = [...(version.volumes ?? []), ...patched.map(([, volume]) => volume)].map(
        (volume) => at(volume, "name"),
    );
    const must = `must be the name of a volume of this version: ${known.join(", ") || "it has none"}`;
    const owners = [
        { path: [] as PropertyKey[], volumeMounts: version.volumeMounts ?? [] },
        ...(version.initContainers ?? []).map(({ volumeMounts = [] }, index) => ({
            path: ["initContainers", index],
            volumeMounts,
        })),
    ];
    return owners.flatMap(({ path, volumeMounts }) =>
        volumeMounts.flatMap(({ name }, index) =>
            known.includes(name)
                ? []
                : [{ path: [...path, "volumeMounts", index, "name"], reason: wrong(must, name) }],
        ),
    );
}

/** No variable has two values. */
function variables({ env, config }: VersionConfig): Problem[] {
    return Object.keys(config?.env ?? {}).flatMap((name) =>
        name in env
            ? [{ path: ["config", "env", name], reason: `must be set once; it is in env too` }]
            : [],
    );
}

function secretVariables({ env, config }: VersionConfig, secrets: Record<string, string> = {}) {
    return Object.keys(secrets).filter((name) => name in env || name in (config?.env ?? {}));
}

/** The number of pods is one's to decide. */
function scaling({ autoscaling }: VersionConfig, capacity: RolloutConfig["capacity"] | undefined) {
    if (autoscaling === undefined || capacity?.canary !== "proportional") return [];
    const must =
        "must be left out while capacity.canary is proportional, where the number of pods follows from total and weight";
    return [{ path: ["autoscaling"], reason: wrong(must, autoscaling) }];
}

/** Each container has a name of its own, and the application's its drain. */
function containers(version: VersionConfig, app: string | undefined): Problem[] {
    const names = (version.initContainers ?? []).map(({ name }) => name);
    const taken = names.flatMap((name, index): Problem[] => {
        const must = "must be a name that no other container of the pod has";
        return name === app || names.indexOf(name) < index
            ? [{ path: ["initContainers", index, "name"], reason: wrong(must, name) }]
            : [];
    });
    const patched = items(at(version.podTemplate, "spec", "containers"));
    const drained = patched.flatMap(([index, container]): Problem[] =>
        at(container, "name") === app && at(container, "lifecycle") !== undefined
            ? [
                  {
                      path: ["podTemplate", "spec", "containers", index, "lifecycle"],
                      reason: "must not be set here; it is the rollout's own: drain sets it",
                  },
              ]
            : [],
    );
    return [...taken, ...drained];
}
