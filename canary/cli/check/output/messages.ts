// The message of a finding, without a link.
import { findingText } from "../../../../rollout/rules";
import type { Found } from "./result";

export function messageOf({ finding, exemption }: Found): string {
    const prefix = exemption && `exempt until ${exemption.until} (${exemption.reason}): `;
    return `${prefix ?? ""}${findingText(finding)}`;
}
