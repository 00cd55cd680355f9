/** Checks relations between the keys of a version. */
import { masked, type Problem, wrongValue } from "../problems";
import { SLOTS, type Slot } from "../slots";
import { at, items } from "../unknown";
import type { VersionConfig } from "./version";

interface VersionValues {
    readonly app: string;
    readonly versions: Readonly<Partial<Record<Slot, VersionConfig>>>;
    readonly secrets: Readonly<Partial<Record<Slot, Readonly<Record<string, unknown>>>>>;
    readonly capacity: { readonly canary: string };
}

export function versionRelations(config: Partial<VersionValues>): Problem[] {
    const { app, versions, secrets, capacity } = config;
    return SLOTS.flatMap((slot) => {
        const version = versions?.[slot];
        if (version === undefined) return [];
        const problems = [
            ...mountProblems(version),
            ...variableProblems(version),
            ...containerProblems(version, app),
            ...scalingProblems(version, capacity),
        ];
        return [
            ...problems.map((one) => ({ ...one, path: ["versions", slot, ...one.path] })),
            ...secretProblems(version, slot, secrets?.[slot]),
        ];
    });
}

/** Reports mounts of volumes that the version does not have. */
function mountProblems(version: VersionConfig): Problem[] {
    const patched = items(at(version.podTemplate, "spec", "volumes"));
    const known = [...(version.volumes ?? []), ...patched.map(([, volume]) => volume)].map(
        (volume) => at(volume, "name"),
    );
    const expected = `the name of a volume of this version (${known.join(", ") || "it has none"})`;
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
                : [wrongValue([...path, "volumeMounts", index, "name"], expected, name)],
        ),
    );
}

/** Reports variables that both `env` and `config.env` set. */
function variableProblems({ env, config }: VersionConfig): Problem[] {
    return Object.entries(config?.env ?? {})
        .filter(([name]) => name in env)
        .map(([name, value]) =>
            wrongValue(["config", "env", name], "no value, because env sets it too", value),
        );
}

function secretProblems(
    { env, config }: VersionConfig,
    slot: Slot,
    secrets: Readonly<Record<string, unknown>> = {},
): Problem[] {
    return Object.entries(secrets)
        .filter(([name]) => name in env || name in (config?.env ?? {}))
        .map(([name, value]) => {
            const expected = `no value, because versions.${slot} sets it too`;
            return masked(wrongValue(["secrets", slot, name], expected, value));
        });
}

/** Reports an autoscaler if the weight also determines the number of pods. */
function scalingProblems(
    { autoscaling }: VersionConfig,
    capacity: VersionValues["capacity"] | undefined,
): Problem[] {
    if (autoscaling === undefined || capacity?.canary !== "proportional") return [];
    const expected =
        "no value, because capacity.canary is proportional, so that capacity.total and weight determine the number of pods";
    return [wrongValue(["autoscaling"], expected, autoscaling)];
}

/** Reports containers with the same name, and a patched lifecycle, which drain sets. */
function containerProblems(version: VersionConfig, app: string | undefined): Problem[] {
    const names = (version.initContainers ?? []).map(({ name }) => name);
    const repeated = names.flatMap((name, index): Problem[] =>
        name === app || names.indexOf(name) < index
            ? [
                  wrongValue(
                      ["initContainers", index, "name"],
                      "a name that no other container of the pod has",
                      name,
                  ),
              ]
            : [],
    );
    const patched = items(at(version.podTemplate, "spec", "containers"));
    const drained = patched.flatMap(([index, container]): Problem[] => {
        const lifecycle = at(container, "lifecycle");
        if (at(container, "name") !== app || lifecycle === undefined) return [];
        const path = ["podTemplate", "spec", "containers", index, "lifecycle"];
        return [wrongValue(path, "no value, because drain sets it", lifecycle)];
    });
    return [...repeated, ...drained];
}
