/** Forms of names and keys: k8s.io/apimachinery/pkg/util/validation. */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** IsDNS1123Label. */
export function isDns1123Label(text: string): boolean {
    return text.length <= 63 && LABEL.test(text);
}

/** IsDNS1035Label: the name of a Service. */
export function isDns1035Label(text: string): boolean {
    return isDns1123Label(text) && /^[a-z]/.test(text);
}

/** IsDNS1123Subdomain. */
export function isSubdomain(text: string): boolean {
    return text.length <= 253 && SUBDOMAIN.test(text);
}

/** IsQualifiedName: the key of a label, with or without a prefix. */
export function isQualifiedName(text: string): boolean {
    const [name = "", prefix, ...rest] = text.split("/").reverse();
    if (rest.length > 0 || (prefix !== undefined && !isSubdomain(prefix))) return false;
    return name.length <= 63 && QUALIFIED.test(name);
}

/** IsValidLabelValue. */
export function isValueOfLabel(text: string): boolean {
    return text === "" || (text.length <= 63 && QUALIFIED.test(text));
}

/** IsValidPortName. */
export function isPortName(text: string): boolean {
    return text.length <= 15 && isDns1123Label(text) && /[a-z]/.test(text) && !text.includes("--");
}

/** IsConfigMapKey. */
export function isConfigMapKey(text: string): boolean {
    return (
        text.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(text) && text !== "." && !/^\.\./.test(text)
    );
}

/** IsRelaxedEnvVarName: printable ASCII without "=". */
export function isVariableName(text: string): boolean {
    return /^[\x20-\x3c\x3e-\x7e]+$/.test(text);
}

/** IsValidPathSegmentName. */
export function isPathSegment(text: string): boolean {
    return text !== "." && text !== ".." && !/[/%]/.test(text);
}

/** validateLocalDescendingPath: relative, and without "..". */
export function isDescendingPath(text: string): boolean {
    return !text.startsWith("/") && !text.split("/").includes("..");
}

/** ParseIPSloppy: IPv4 may have leading zeros. */
export function isLenientIp(text: string): boolean {
    const parts = text.split(".");
    if (parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255)) {
        return true;
    }
    return /^[\da-fA-F:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
}
