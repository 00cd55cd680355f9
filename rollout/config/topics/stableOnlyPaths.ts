/** Paths whose requests the stable version alone answers. */
import { z } from "zod";

export const DEFAULT_STABLE_ONLY_PATHS = ["/admin", "/internal"];

const PATH_MUST = 'must be a path such as "/admin": no query, no pattern, no "/" at its end';

const stablePath = z
    .string({ error: PATH_MUST })
    .refine((value) => value.length <= 200, PATH_MUST)
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, PATH_MUST);

export const stableOnlyPathsSchema = z
    .array(stablePath, { error: 'must be a list of paths such as "/admin"; [] for none' })
    .refine((value) => value.length <= 50, "must have at most 50 paths");
