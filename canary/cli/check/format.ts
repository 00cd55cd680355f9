// What a check may print.
export const FORMATS = ["text", "json", "sarif"] as const;
export type Format = (typeof FORMATS)[number];
