// Postpones what @pulumi/pulumi loads at its start: 500 of 760 files, and the TypeScript compiler. Only its Automation API, its dynamic
// providers and serialized functions need them (docs/internals/bundle.md).
const Module = require("node:module");

for (const name of ["@pulumi/pulumi/automation", "@npmcli/arborist", "typescript"]) postpone(name);

/** Loads a package when a program first uses one of its exports, instead of when another package requires it. */
function postpone(name) {
    const file = resolved(name);
    if (file === undefined || require.cache[file] !== undefined) return;
    let exported;
    const load = () => {
        if (exported === undefined) {
            delete require.cache[file];
            exported = require(file);
        }
        return exported;
    };
    require.cache[file] = Object.assign(new Module(file), {
        filename: file,
        loaded: true,
        exports: new Proxy(
            {},
            {
                // The compiled code of an import asks for __esModule at once, and copies the exports if it is missing.
                get: (_, key) => key === "__esModule" || load()[key],
                has: (_, key) => key in load(),
                ownKeys: () => Reflect.ownKeys(load()),
                getOwnPropertyDescriptor: (_, key) => {
                    const found = Reflect.getOwnPropertyDescriptor(load(), key);
                    return found && { ...found, configurable: true };
                },
            },
        ),
    });
}

/** Undefined if the package is not where Pulumi's would load it from. */
function resolved(name) {
    try {
        return require.resolve(name, { paths: [require.resolve("@pulumi/pulumi")] });
    } catch {
        return undefined;
    }
}
