/** Environment variables: ValidateEnv and ValidateEnvFrom of pkg/apis/core/validation. */
import type { Field } from "../../field";
import { checkSubdomain, requireOne, requireText } from "../fieldChecks";
import { isConfigMapKey, isQualifiedName, isVariableName } from "../values/forms";

const VARIABLE = "a name of printable ASCII characters without =";
const SOURCES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
/** validEnvDownwardAPIFieldPathExpressions. */
const ENV_PATHS = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/** validVolumeDownwardAPIFieldPathExpressions. */
const FILE_PATHS = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
const RESOURCE = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.*)$/;

export function checkEnv(env: Field): void {
    for (const variable of env.items) {
        requireText(variable.get("name"), VARIABLE, isVariableName);
        const source = variable.get("valueFrom");
        if (!source.isSet || source.isUnknown) continue;
        const names = SOURCES.filter((name) => source.get(name).isSet);
        const { value } = variable.get("value");
        if (names.length > 0 && typeof value === "string" && value !== "") {
            source.reject("no valueFrom beside value", "Remove one of them.");
        } else requireOne(source, SOURCES);
        checkFieldPath(source.get("fieldRef"), ENV_PATHS);
        checkResourceField(source.get("resourceFieldRef"));
        checkKeyRef(source.get("configMapKeyRef"));
        checkKeyRef(source.get("secretKeyRef"));
    }
}

export function checkEnvFrom(envFrom: Field): void {
    for (const source of envFrom.items) {
        const prefix = source.get("prefix");
        if (prefix.isFilled) {
            prefix.rejectUnless(isVariableName, VARIABLE, "Change the prefix of the variables.");
        }
        const names = ["configMapRef", "secretRef"];
        requireOne(source, names);
        for (const ref of names.map((name) => source.get(name))) {
            if (!ref.isSet || ref.isUnknown) continue;
            requireText(ref.get("name"), "the name of the object");
            checkSubdomain(ref.get("name"));
        }
    }
}

/** validateConfigMapKeySelector and validateSecretKeySelector. */
function checkKeyRef(ref: Field): void {
    if (!ref.isSet || ref.isUnknown) return;
    requireText(ref.get("name"), "the name of the object");
    checkSubdomain(ref.get("name"));
    const expected = "a key: letters, digits, hyphens, underscores and dots";
    requireText(ref.get("key"), expected, isConfigMapKey);
}

/** validateDownwardAPIVolumeFile. */
export function checkFileSource(file: Field): void {
    requireOne(file, ["fieldRef", "resourceFieldRef"]);
    checkFieldPath(file.get("fieldRef"), FILE_PATHS);
    const resource = file.get("resourceFieldRef");
    if (resource.isSet) requireText(resource.get("containerName"), "the name of a container");
    checkResourceField(resource);
}

/** validateObjectFieldSelector. */
function checkFieldPath(ref: Field, paths: readonly string[]): void {
    if (!ref.isSet || ref.isUnknown) return;
    const path = ref.get("fieldPath");
    const fix = "Use the path of a field that the downward API offers.";
    const isPath = (text: string) => paths.includes(text) || isEntry(text);
    const expected = `one of ${paths.join(", ")}, metadata.labels['<key>'], metadata.annotations['<key>']`;
    if (!path.isFilled) path.rejectMissing(expected, fix);
    else path.rejectUnless(isPath, expected, fix);
    const version = ref.get("apiVersion");
    if (version.isFilled) {
        version.rejectUnless((text) => text === "v1", '"v1"', "Remove the version: it is v1.");
    }
}

function isEntry(path: string): boolean {
    const [, list, key = ""] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
    return isQualifiedName(list === "annotations" ? key.toLowerCase() : key);
}

/** validateContainerResourceFieldSelector. */
function checkResourceField(ref: Field): void {
    if (!ref.isSet || ref.isUnknown) return;
    const expected = "limits or requests of cpu, memory, ephemeral-storage or hugepages-<size>";
    requireText(ref.get("resource"), expected, (text) => RESOURCE.test(text));
}
