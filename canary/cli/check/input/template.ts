// Recognizes templates that nobody has rendered.
import { isMapping } from "../../../../rollout/config/unknown";

const HELM_OBJECT = /\{\{-?\s*[^}"']*[.$](?:Values|Release|Chart|Capabilities|Template|Files)\b/;
const HELM =
    /\{\{-?\s*(?:[.$]|\/\*|(?:if|else|end|range|with|include|template|define|block|tpl|toYaml|quote|default|required|printf|lookup)\b)/;

/** The template language of a text with `{{`, if it is known. */
export function templateName(text: string): "Helm" | undefined {
    return HELM.test(text) ? "Helm" : undefined;
}

/**
 * Whether a value of a text with `{{` shows that the text is a template. YAML reads `a: {{ b }}` as a mapping in a mapping's key.
 * A block of text may hold a template for another program, as ConfigMaps do.
 */
export function isBroken(value: unknown): boolean {
    if (typeof value === "string") return !value.includes("\n") && HELM_OBJECT.test(value);
    if (Array.isArray(value)) return value.some(isBroken);
    if (!isMapping(value)) return false;
    return Object.entries(value).some(
        ([key, one]) => key === "[object Object]" || isBroken(key) || isBroken(one),
    );
}
