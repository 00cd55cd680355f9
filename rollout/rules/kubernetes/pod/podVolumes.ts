/** Volumes: ValidateVolumes and validateVolumeSource of pkg/apis/core/validation. */
import type { Field } from "../../field";
import {
    checkChoice,
    checkRange,
    rejectOthers,
    rejectRepeated,
    requireLabel,
    requireText,
} from "../fieldChecks";
import { isDescendingPath } from "../values/forms";
import { checkClaimSpec } from "../volumeClaims";
import { checkFileSource } from "./containerEnv";
import { amountOf, checkQuantity } from "./resourceAmounts";

/** The sources, with the fields that must not be empty. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
    emptyDir: [],
    hostPath: ["path"],
    gitRepo: ["repository"],
    gcePersistentDisk: ["pdName"],
    awsElasticBlockStore: ["volumeID"],
    secret: ["secretName"],
    nfs: ["server", "path"],
    iscsi: ["targetPortal", "iqn"],
    glusterfs: ["endpoints", "path"],
    flocker: [],
    persistentVolumeClaim: ["claimName"],
    rbd: ["monitors", "image"],
    cinder: ["volumeID"],
    cephfs: ["monitors"],
    quobyte: ["registry", "volume"],
    downwardAPI: [],
    fc: [],
    flexVolume: ["driver"],
    configMap: ["name"],
    azureFile: ["secretName", "shareName"],
    vsphereVolume: ["volumePath"],
    photonPersistentDisk: ["pdID"],
    portworxVolume: ["volumeID"],
    azureDisk: ["diskName", "diskURI"],
    storageos: [],
    projected: [],
    scaleIO: ["gateway", "system", "volumeName"],
    csi: ["driver"],
    ephemeral: ["volumeClaimTemplate"],
    image: [],
};
const HOST_PATH_TYPES = [
    "",
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
];
const PATH = "a relative path without ..";

/**
 * Checks the volumes of a pod.
 * @param replaced names of a StatefulSet's claims, which replace volumes; undefined if they are not known.
 * @returns the names of all volumes; undefined if one is not known.
 */
export function checkVolumes(
    volumes: Field,
    replaced: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
    if (volumes.isUnknown || replaced === undefined) return undefined;
    const kept = volumes.items.filter((volume) => !replaced.has(volume.get("name").text ?? ""));
    for (const volume of kept) {
        if (volume.isUnknown) continue;
        requireLabel(volume.get("name"));
        checkVolumeSource(volume);
    }
    const names = kept.map((volume) => volume.get("name"));
    rejectRepeated(names);
    const texts = names.map(({ text }) => text);
    const isKnown = !texts.includes(undefined) && (!volumes.isSet || Array.isArray(volumes.value));
    return isKnown ? new Set([...replaced, ...(texts as string[])]) : undefined;
}

/** The API server makes a volume without a source an emptyDir. */
function checkVolumeSource(volume: Field): void {
    rejectOthers(Object.keys(REQUIRED).map((name) => volume.get(name)));
    for (const [name, required] of Object.entries(REQUIRED)) {
        const source = volume.get(name);
        if (!source.isSet || source.isUnknown) continue;
        for (const one of required) requireText(source.get(one), "a value that is not empty");
        checkMode(source.get("defaultMode"));
        for (const item of source.get("items").items) {
            checkItem(item, name === "downwardAPI");
        }
    }
    const limit = volume.get("emptyDir", "sizeLimit");
    checkQuantity(limit);
    if ((amountOf(limit) ?? 0n) < 0n) limit.reject("0 or more", "Use a positive quantity.");
    const hostPath = volume.get("hostPath");
    checkChoice(hostPath.get("type"), HOST_PATH_TYPES);
    const hasNoBackstep = (text: string) => !text.split("/").includes("..");
    hostPath.get("path").rejectUnless(hasNoBackstep, "a path without ..", "Write the whole path.");
    const isAbsolute = (text: string) => text === "" || text.startsWith("/");
    volume
        .get("nfs", "path")
        .rejectUnless(isAbsolute, "an absolute path", "Start it with a slash.");
    checkProjected(volume.get("projected"));
    const claim = volume.get("ephemeral", "volumeClaimTemplate");
    if (claim.isSet) checkClaimSpec(claim.get("spec"));
}

function checkMode(mode: Field): void {
    checkRange(mode, 0, 0o777);
}

/** validateKeyToPath and validateDownwardAPIVolumeFile. */
function checkItem(item: Field, isDownward: boolean): void {
    if (item.isUnknown) return;
    if (isDownward) checkFileSource(item);
    else requireText(item.get("key"), "a key of the object");
    checkTarget(item.get("path"));
    checkMode(item.get("mode"));
}

/** ValidateLocalNonReservedPath. */
function checkTarget(path: Field): void {
    const isTarget = (text: string) => isDescendingPath(text) && !text.startsWith("..");
    requireText(path, PATH, isTarget);
}

/** validateProjectionSources. */
function checkProjected(projected: Field): void {
    const paths: Field[] = [];
    for (const source of projected.get("sources").items) {
        const names = ["secret", "configMap", "downwardAPI", "serviceAccountToken"];
        rejectOthers([...names, "clusterTrustBundle"].map((name) => source.get(name)));
        for (const name of names) {
            const field = source.get(name);
            if (!field.isSet || field.isUnknown) continue;
            if (name === "secret" || name === "configMap") {
                requireText(field.get("name"), "the name of the object");
            }
            for (const item of field.get("items").items) {
                checkItem(item, name === "downwardAPI");
                paths.push(item.get("path"));
            }
        }
        const token = source.get("serviceAccountToken");
        if (!token.isSet || token.isUnknown) continue;
        checkTarget(token.get("path"));
        checkRange(token.get("expirationSeconds"), 600, 2 ** 32);
    }
    rejectRepeated(paths);
}
