/** Values in AuthorizationPolicies: pkg/config/security/security.go. */

/** CheckServiceAccount. */
export function isServiceAccount(text: string): boolean {
    const parts = text.split("/");
    const isForm = parts.length <= 2 && parts.every((part) => part !== "");
    return isForm && !text.includes("*") && text.length <= 320;
}

const LITERAL = /^[a-zA-Z0-9-._~%!$&'()+,;:@=]+$/;

/** CheckValidPathTemplate: `{*}` stands for one segment, and `{**}` at the end for all others. */
export function isPathTemplate(path: string): boolean {
    const hasTemplate = path.includes("{*}") || path.includes("{**}");
    const segments = path.replace(/^\/+|\/+$/g, "").split("/");
    const rest = segments.indexOf("{**}");
    return segments.every((segment, index) => {
        if (segment === "{*}" || segment === "{**}") return rest < 0 || index <= rest;
        return !/[{}]/.test(segment) && (!hasTemplate || LITERAL.test(segment));
    });
}
