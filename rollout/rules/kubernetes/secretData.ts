/** Secrets and ConfigMaps: ValidateSecret and ValidateConfigMap of pkg/apis/core/validation. Messages never show a value. */
import { isMapping } from "../../config/unknown";
import type { Field } from "../field";
import { hasPlaceholder } from "../schema/prepare";
import { isConfigMapKey } from "./values/forms";

/** MaxSecretSize. */
const LARGEST = 1024 * 1024;
const KEY = "a key: letters, digits, hyphens, underscores and dots";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Keys that a type requires. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
    "kubernetes.io/tls": ["tls.crt", "tls.key"],
    "kubernetes.io/dockercfg": [".dockercfg"],
    "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
    "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export function checkSecret(secret: Field): void {
    const [data, plain] = [secret.get("data"), secret.get("stringData")];
    for (const bag of [data, plain]) checkKeys(bag);
    for (const [, value] of data.writtenEntries) {
        if (value.text === undefined || isBase64(value.text)) continue;
        const fix = "Encode the value, or move it to stringData.";
        value.rejectShowing("a hidden string", "base64", fix);
    }
    checkSize(secret, [data], [plain]);
    if (data.isUnknown || plain.isUnknown) return;
    const type = secret.get("type").text ?? "";
    const entryOf = (key: string) => (plain.get(key).value === undefined ? data : plain).get(key);
    for (const key of REQUIRED[type] ?? []) {
        const value = entryOf(key);
        const isMissing = type === "kubernetes.io/ssh-auth" ? !value.isFilled : !has(value);
        if (isMissing) missing(data.get(key), type);
        else if (/json|cfg/.test(key)) checkJson(value, value.path.startsWith("data"));
    }
    if (type === "kubernetes.io/basic-auth" && !has(entryOf("username"))) {
        if (!has(entryOf("password"))) missing(data.get("username"), type);
    }
    if (type !== "kubernetes.io/service-account-token") return;
    const account = secret.get("metadata", "annotations", "kubernetes.io/service-account.name");
    if (!account.isFilled) account.reject("the name of a ServiceAccount", "Set the annotation.");
}

/** Null is a value too: it is empty. */
function has({ value }: Field): boolean {
    return value !== undefined;
}

function missing(value: Field, type: string): void {
    value.reject(`a value, because of the type ${type}`, "Add this key, or remove the type.");
}

/** Go skips line breaks. */
function isBase64(text: string): boolean {
    return BASE64.test(text.replace(/[\r\n]/g, ""));
}

function checkJson(value: Field, isEncoded: boolean): void {
    const { text } = value;
    if (text === undefined || (isEncoded && !isBase64(text))) return;
    const json = isEncoded ? Buffer.from(text, "base64").toString() : text;
    if (isJsonObject(json)) return;
    value.rejectShowing("a hidden string", "a JSON object", "Use what `docker login` writes.");
}

function isJsonObject(text: string): boolean {
    try {
        const value: unknown = JSON.parse(text);
        return value === null || isMapping(value);
    } catch {
        return false;
    }
}

export function checkConfigMap(configMap: Field): void {
    const [data, binary] = [configMap.get("data"), configMap.get("binaryData")];
    for (const bag of [data, binary]) checkKeys(bag);
    for (const [key, value] of binary.writtenEntries) {
        if (data.get(key).value !== undefined && !data.isUnknown) {
            value.rejectShowing(key, "a key that data does not have", "Remove one of them.");
        } else if (value.text !== undefined && !isBase64(value.text)) {
            value.reject("base64", "Encode the value, or move it to data.");
        }
    }
    checkSize(configMap, [binary], [data]);
}

function checkKeys(bag: Field): void {
    for (const [key, value] of bag.writtenEntries) {
        if (hasPlaceholder(key) || isConfigMapKey(key)) continue;
        value.rejectShowing(key, KEY, "Rename the key: it becomes the name of a file.");
    }
}

function checkSize(object: Field, encoded: readonly Field[], plain: readonly Field[]): void {
    const sizes = (bags: readonly Field[], encoding: "base64" | "utf8") =>
        bags
            .flatMap((bag) => bag.writtenEntries)
            .map(([, { text = "" }]) => Buffer.byteLength(text, encoding));
    const size = [...sizes(encoded, "base64"), ...sizes(plain, "utf8")].reduce((a, b) => a + b, 0);
    if (size <= LARGEST) return;
    const fix = "Move large files into a volume or an image.";
    object.get("data").rejectShowing(size, "at most 1 MiB of values", fix);
}
