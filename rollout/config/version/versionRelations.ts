/** What does not fit together between the keys of a version. */
import { masked, type Problem, wrongValue } from "../problems";
import { SLOTS, type Slot } from "../topics/roles";
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
            ...mounts(version),
            ...variables(version),
            ...containers(version, app),
            ...scaling(version, capacity),
        ];
        return [
            ...problems.map((one) => ({ ...one, path: ["versions", slot, ...one.path] })),
            ...secretVariables(version, slot, secrets?.[slot]),
        ];
    });
}

/** Every mounted volume exists. */
function mounts(version: VersionConfig): Problem[] {
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

/** No variable has two values. */
function variables({ env, config }: VersionConfig): Problem[] {
    return Object.entries(config?.env ?? {})
        .filter(([name]) => name in env)
        .map(([name, value]) =>
            wrongValue(["config", "env", name], "nothing, because env sets it too", value),
        );
}

function secretVariables(
    { env, config }: VersionConfig,
    slot: Slot,
    secrets: Readonly<Record<string, unknown>> = {},
): Problem[] {
    return Object.entries(secrets)
        .filter(([name]) => name in env || name in (config?.env ?? {}))
        .map(([name, value]) => {
            const expected = `nothing, because versions.${slot} sets it too`;
            return masked(wrongValue(["secrets", slot, name], expected, value));
        });
}

/** Only one of the two sets the number of pods. */
function scaling(
    { autoscaling }: VersionConfig,
    capacity: VersionValues["capacity"] | undefined,
): Problem[] {
    if (autoscaling === undefined || capacity?.canary !== "proportional") return [];
    const expected =
        "nothing, because capacity.canary is proportional: the number of pods follows from total and weight";
    return [wrongValue(["autoscaling"], expected, autoscaling)];
}

/** Every container has its own name, and the application's lifecycle is the drain. */
function containers(version: VersionConfig, app: string | undefined): Problem[] {
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
        return [wrongValue(path, "nothing, because drain sets it", lifecycle)];
    });
    return [...repeated, ...drained];
}
