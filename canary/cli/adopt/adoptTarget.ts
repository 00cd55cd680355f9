// What `adopt` reads: an object by its kind and name, in a cluster or among the manifests of files.
import { namespaceOf } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";
import { nameOf } from "../../analysis/adopt/liveApp";
import type { Resource } from "../../driver/kubernetes/kubernetes";
import { ADOPTABLE, type AdoptTarget, type Reader } from "../../driver/kubernetes/liveObjects";
import { readInputs } from "../check/input/inputFiles";
import { readManifests } from "../check/input/manifestFile";

type Named = Omit<AdoptTarget, "namespace">;

/** @throws Error if it is no object that can be adopted. */
export function parseTarget(written: string): Named {
    const pattern =
        /^(?:(deployment|canar(?:y|ie)|rollout)s?(?:\.[a-z.]+)?\/)?([a-z0-9][a-z0-9.-]*)$/;
    const [, kind = "deployment", name] = pattern.exec(written) ?? [];
    if (name === undefined) {
        throw new Error(`expected deployment/NAME, canary/NAME or rollout/NAME, got ${written}.`);
    }
    return { kind: kind.startsWith("canar") ? "canary" : (kind as Named["kind"]), name };
}

/** The manifests of files as a cluster that has these objects, and the one to adopt. */
export async function openFiles(
    files: readonly string[],
    written: string | undefined,
    namespace: string | undefined,
): Promise<{ cluster: Reader; target: AdoptTarget }> {
    const inputs = await readInputs(files);
    const manifests = inputs
        .flatMap(({ name, text }) => readManifests(name, text))
        .map(({ manifest }) => inNamespace(manifest, namespace));
    return { cluster: fileCluster(manifests), target: chosen(manifests, written, files) };
}

function inNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
    const metadata = { namespace, ...(manifest.metadata as object) };
    return namespace === undefined ? manifest : { ...manifest, metadata };
}

/** The object that the command names, or the only Canary or Rollout, or the only Deployment. */
function chosen(
    manifests: readonly Manifest[],
    written: string | undefined,
    files: readonly string[],
): AdoptTarget {
    const named = written === undefined ? undefined : parseTarget(written);
    const found = manifests.flatMap((one): (AdoptTarget & { one: Manifest })[] => {
        const kind = ADOPTABLE.find((known) => known === String(one.kind).toLowerCase());
        if (kind === undefined) return [];
        return [{ one, kind, name: nameOf(one), namespace: namespaceOf(one) }];
    });
    const others = found.filter(({ kind }) => kind !== "deployment");
    const candidates = named
        ? found.filter(({ kind, name }) => kind === named.kind && name === named.name)
        : others.length > 0
          ? others
          : found;
    const [target] = candidates;
    if (target === undefined || candidates.length > 1) {
        const names = found.map(({ kind, name }) => `${kind}/${name}`).join(", ") || "none";
        const expected = written ?? "one Canary, Rollout or Deployment";
        throw new Error(
            `${files.join(", ")}: expected ${expected}, got ${names}. Name the object, such as \`adopt canary/web -f FILE\`.`,
        );
    }
    const { kind, name, namespace } = target;
    return { kind, name, namespace };
}

/** @returns a cluster that has these objects and no others. */
export function fileCluster(manifests: readonly Manifest[]): Reader {
    const isOf = ({ group, plural }: Pick<Resource, "group" | "plural">, one: Manifest) => {
        const kind = String(one.kind).toLowerCase();
        const plurals = [`${kind}s`, `${kind}es`, kind.replace(/y$/, "ies")];
        return String(one.apiVersion).startsWith(`${group}/`) && plurals.includes(plural);
    };
    const isIn = (one: Manifest, namespace: string | undefined) =>
        namespace === undefined || namespaceOf(one) === namespace;
    return {
        read: async (resource, namespace, name) =>
            manifests.find(
                (one) => isOf(resource, one) && isIn(one, namespace) && nameOf(one) === name,
            ),
        list: async (resource, namespace) =>
            manifests.filter((one) => isOf(resource, one) && isIn(one, namespace)),
        listCore: async (kind, namespace) =>
            manifests.filter((one) => one.kind === kind && isIn(one, namespace)),
    };
}
