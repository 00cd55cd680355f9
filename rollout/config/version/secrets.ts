/** Variables of each slot that nobody is to read; the one key of a stack's config that is encrypted. */
import type { z } from "zod";
import { mapping } from "../fields";
import { textsSchema } from "./environment";

export const secretsSchema = mapping({ v1: textsSchema.optional(), v2: textsSchema.optional() });

export type SecretsConfig = z.output<typeof secretsSchema>;
