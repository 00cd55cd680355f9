/** PersistentVolumeClaims: ValidatePersistentVolumeClaimSpec of pkg/apis/core/validation. */
import type { Field } from "../field";
import { checkChoice, checkEntries, checkSubdomain } from "./fieldChecks";
import { checkLabelSelector } from "./objectLabels";
import { amountOf, checkQuantity } from "./pod/resourceAmounts";

const MODES = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

export function checkClaimSpec(spec: Field): void {
    if (spec.isUnknown) return;
    const modes = spec.get("accessModes");
    if (!modes.isFilled) {
        modes.rejectMissing("at least one access mode", "Set it, such as [ReadWriteOnce].");
    }
    checkEntries(modes, MODES);
    for (const mode of modes.items) {
        const isAlone = modes.items.every(({ text }) => text === mode.text || text === undefined);
        if (mode.text === "ReadWriteOncePod" && !isAlone) {
            mode.reject("no other mode beside ReadWriteOncePod", "Remove one of them.");
        }
    }
    const storage = spec.get("resources", "requests", "storage");
    if (!storage.isSet) {
        storage.rejectMissing("a quantity", 'Set the size of the volume, such as "1Gi".');
    }
    checkQuantity(storage);
    if ((amountOf(storage) ?? 1n) <= 0n)
        storage.reject("more than 0", "Set the size of the volume.");
    checkLabelSelector(spec.get("selector"));
    checkSubdomain(spec.get("storageClassName"));
    checkChoice(spec.get("volumeMode"), ["Filesystem", "Block"]);
}
