// What a report may be written as.
export const FORMATS = ["html", "json", "markdown"] as const;
export type ReportFormat = (typeof FORMATS)[number];
