/** Requests and limits: validateResourceRequirements and ValidateResourceQuantityValue of pkg/apis/core/validation. */
import type { Field } from "../../field";
import { hasPlaceholder } from "../../schema/prepare";
import { isQualifiedName } from "../values/forms";
import { parseQuantity } from "../values/quantity";

const NAMES = ["cpu", "memory", "ephemeral-storage"];
const HUGE_PAGES = /^hugepages-/;

/** The quantity in thousandths; undefined if it is unknown or none. */
export function amountOf({ value, text }: Field): bigint | undefined {
    if (typeof value === "number") return parseQuantity(value);
    return typeof value === "string" && text !== undefined ? parseQuantity(text) : undefined;
}

/** Rejects what is no quantity. Other types are for object-schema. */
export function checkQuantity(quantity: Field): void {
    const { value, text } = quantity;
    const isText = typeof value === "string" && text !== undefined;
    if ((typeof value === "number" || isText) && amountOf(quantity) === undefined) {
        const fix = 'Write a number with a unit, such as "500m" or "64Mi".';
        quantity.reject("a quantity", fix);
    }
}

export function checkResources(resources: Field): void {
    const [limits, requests] = [resources.get("limits"), resources.get("requests")];
    for (const amounts of [limits, requests]) {
        for (const [name, amount] of amounts.writtenEntries) checkAmount(name, amount);
    }
    for (const [name, request] of requests.writtenEntries) {
        const limit = limits.get(name);
        if (limits.isUnknown || limit.isUnknown) continue;
        const canExceed = isNative(name) && !HUGE_PAGES.test(name);
        const [least, most] = [amountOf(request), amountOf(limit)];
        if (!limit.isSet && !canExceed) {
            limit.reject("a limit like the request", "Set it: this resource cannot be shared.");
        } else if (least !== undefined && most !== undefined && least > most) {
            const fix = "Lower the request, or raise the limit.";
            request.reject(`at most the limit of ${limit.value}`, fix);
        } else if (least !== undefined && most !== undefined && least < most && !canExceed) {
            const fix = "Set both to the same value: this resource cannot be shared.";
            request.reject(`the limit of ${limit.value}`, fix);
        }
    }
}

function checkAmount(name: string, amount: Field): void {
    if (!hasPlaceholder(name) && !isResource(name)) {
        const expected = `${NAMES.join(", ")}, or a resource with a domain such as example.com/gpu`;
        amount.rejectShowing(name, expected, "Use the name of a resource of containers.");
    }
    checkQuantity(amount);
    const value = amountOf(amount);
    if (value === undefined) return;
    if (value < 0n) amount.reject("0 or more", "Use a positive quantity.");
    else if (!isNative(name) && value % 1000n !== 0n) {
        amount.reject("an integer", "Use an integer: only whole units of this resource exist.");
    }
}

/** validateContainerResourceName. */
function isResource(name: string): boolean {
    if (!isQualifiedName(name)) return false;
    if (!name.includes("/")) return NAMES.includes(name) || HUGE_PAGES.test(name);
    return isNative(name) || (!name.startsWith("requests.") && isQualifiedName(`requests.${name}`));
}

/** IsNativeResource. */
function isNative(name: string): boolean {
    return !name.includes("/") || name.includes("kubernetes.io/");
}
