/** How users stay on their version while the weight grows. */
import { z } from "zod";
import { duration, mapping } from "./fields";

const COOKIE_MUST =
    'must be the name of a cookie: at most 100 letters, digits and any of !#$%&\'*+.^_`|~-, such as "web-version"';

export const stickySchema = mapping({
    /** Users are sticky when it has a name. */
    cookie: z
        .string({ error: COOKIE_MUST })
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, COOKIE_MUST)
        .optional(),
    maxAge: duration("1s", "8760h", true).optional(),
}).refine(({ cookie, maxAge }) => cookie !== undefined || maxAge === undefined, {
    error: "must have cookie where it has maxAge",
});

export type StickyConfig = z.output<typeof stickySchema>;
