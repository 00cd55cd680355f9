/** Adds a key to a path in the syntax of findings: `spec.http`, `metadata.labels["a.b/c"]`. */
export function pathTo(path: string, key: string): string {
    if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
    return path === "" ? key : `${path}.${key}`;
}
