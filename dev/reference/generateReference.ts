/** Generates files from the config schemas: `npm run reference`. A unit test checks that they are up to date. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../checkout";
import { argTypes } from "./argTypes";
import { configurationPage } from "./configurationPage";
import { driverPage, rolloutPage } from "./pages";
import { providerSchema } from "./providerSchema";
import { withConfigBlock } from "./pulumiYaml";
import { rolloutFields } from "./schemaFields";

/** The contents of the generated files, by path in the checkout. */
export function generatedFiles(): Record<string, string> {
    const fields = rolloutFields();
    const pulumiYaml = readFileSync(path.join(CHECKOUT, "Pulumi.yaml"), "utf8");
    return {
        "components/args.ts": formatted("args.ts", argTypes(fields)),
        "components/provider/schema.json": formatted("schema.json", providerSchema(fields)),
        "docs/configuration.md": configurationPage(rolloutPage()),
        "docs/driver/configuration.md": configurationPage(driverPage()),
        "Pulumi.yaml": withConfigBlock(pulumiYaml, fields),
    };
}

function formatted(name: string, source: string): string {
    const biome = path.join(CHECKOUT, "node_modules/.bin/biome");
    const options = ["format", `--stdin-file-path=${name}`];
    return execFileSync(biome, options, { cwd: CHECKOUT, input: source, encoding: "utf8" });
}

function main(): void {
    for (const [name, text] of Object.entries(generatedFiles())) {
        writeFileSync(path.join(CHECKOUT, name), text);
    }
}

if (require.main === module) main();
