/** Wrong arguments of a component, all of them, as Pulumi prints them best. */
import * as pulumi from "@pulumi/pulumi";

/**
 * An InputPropertiesError for an engine that constructs the component remotely; in a local program, which would
 * print that one with a stack trace, it passes as a RunError: its message alone, with every path.
 */
export class ArgumentsError extends pulumi.InputPropertiesError {
    /** How RunError.isInstance knows its own. */
    readonly __pulumiRunError = true;

    constructor(summary: string, errors: pulumi.InputPropertyErrorDetails[]) {
        const lines = errors.map(({ propertyPath, reason }) => `  ${propertyPath}: ${reason}`);
        super({ message: [summary, ...lines].join("\n"), errors });
    }
}
