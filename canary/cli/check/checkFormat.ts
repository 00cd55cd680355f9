// Output formats.
export const FORMATS = ["text", "json", "sarif"] as const;
export type Format = (typeof FORMATS)[number];
