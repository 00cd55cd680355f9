/** Config: URLs that the driver calls. */
import { pattern } from "../../../rollout/config/fields";

export function url() {
    return pattern(/^https?:\/\/\S+$/, "an http or https URL");
}
