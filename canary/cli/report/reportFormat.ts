// Formats of a report.
export const FORMATS = ["html", "json", "markdown"] as const;
export type ReportFormat = (typeof FORMATS)[number];
