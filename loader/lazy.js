// A barrel whose names are loaded when they are first used, each from the module that defines it.
const path = require("node:path");

/**
 * Source of a module that exports what `barrel` exports. Found by identity, in the modules that the barrel loads: the same
 * objects as the barrel's own, whichever is loaded first. What is not found there comes from the barrel itself.
 */
function lazily(require_, barrel, barrels) {
    const exported = require_(barrel);
    const avoided = new Set(barrels.map((one) => require_.resolve(one)));
    const folder = path.dirname(require_.resolve(barrels[0]));
    const modules = Object.values(require.cache).filter(
        ({ filename }) => filename.startsWith(folder + path.sep) && !avoided.has(filename),
    );
    const getters = Object.keys(exported).map((name) => {
        const value = exported[name];
        const from = source(name, value, modules, barrels, require_) ?? {
            of: require_.resolve(barrel),
            member: name,
        };
        const member = from.member === undefined ? "" : `[${JSON.stringify(from.member)}]`;
        return `${JSON.stringify(name)}: () => require(${JSON.stringify(from.of)})${member},`;
    });
    return `const getters = {\n${getters.join("\n")}\n};
Object.defineProperty(exports, "__esModule", { value: true });
for (const name of Object.keys(getters)) Object.defineProperty(exports, name, { enumerable: true, get: getters[name] });\n`;
}

/** Only objects and functions can be told apart by identity. */
function source(name, value, modules, barrels, require_) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null)
        return undefined;
    const lazy = barrels.find((one) => require_(one) === value);
    if (lazy !== undefined) return { of: lazy };
    const whole = modules.find((module) => module.exports === value);
    if (whole !== undefined) return { of: whole.filename };
    const defining = modules
        .filter(({ exports }) => exports?.[name] === value)
        // The smallest is the definition, the others export it on.
        .sort((a, b) => a.children.length - b.children.length)[0];
    return defining && { of: defining.filename, member: name };
}

module.exports = { lazily };
