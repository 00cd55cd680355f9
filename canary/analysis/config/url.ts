/** Config: URLs that the driver calls. */
import { pattern } from "../../../rollout/config/fields";

export function url() {
    return pattern(/^https?:\/\/\S+$/, "an http or https URL");
}

/** A URL that may be shown. Placeholders may stand in its path and query. */
export function httpUrl() {
    return pattern(
        /^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/,
        "an http or https URL without credentials",
    );
}
