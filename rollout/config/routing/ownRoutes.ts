/** Config: the app's part of a host that other apps share, and routes with settings of their own. */
import { z } from "zod";
import { boolean, dnsLabel, doc, duration, listOf, mapping, named } from "../fields";
import { key, REQUESTS } from "../key";
import { routeRetriesSchema } from "../topics/resilience";
import { faultSchema } from "./fault";
import { matches } from "./requestMatch";
import { corsSchema, headersSchema, redirectSchema, rewriteSchema } from "./routeActions";

const TIMEOUT = 'a duration from 1ms to 1h, such as "5s", or "0s" for none';
const shortest = duration("1ms", "1h");

const INHERITED = "the value for all routes";
const OR_NONE = "the value for all routes; `{}` for none";

export const routeSchema = mapping({
    name: doc(dnsLabel(40), "Name of the route, unique in the list."),
    match: doc(
        matches().refine((list) => list.length > 0, "at least one match"),
        "Requests of the route. A request must match all conditions of at least one entry.",
    ),
    timeout: doc(
        z
            .string({ error: TIMEOUT })
            .refine((text) => text === "0s" || shortest.safeParse(text).success, TIMEOUT)
            .optional(),
        "Timeout of a request, including its retries. `0s` means none, for streams; it needs an exemption from `http-timeout`.",
        INHERITED,
    ),
    retries: doc(routeRetriesSchema.optional(), "Retries.", INHERITED),
    rewrite: doc(rewriteSchema.optional(), "Rewrite of the path and the host.", OR_NONE),
    headers: doc(headersSchema.optional(), "Changes to headers.", OR_NONE),
    corsPolicy: doc(corsSchema.optional(), "CORS policy.", OR_NONE),
    fault: doc(faultSchema.optional(), "Faults for tests.", OR_NONE),
    redirect: doc(
        redirectSchema.optional(),
        "Redirect to another URL, instead of sending the request to the app.",
        "none",
    ),
}).refine(
    ({ redirect, timeout, retries, rewrite, fault }) =>
        redirect === undefined ||
        [timeout, retries, rewrite, fault].every((one) => one === undefined),
    "a route with redirect alone, because a redirect has no timeout, retries, rewrite or fault",
);

export type RouteConfig = z.output<typeof routeSchema>;

export const ownRouteKeys = {
    match: key(
        doc(
            matches().default([]),
            "The app's part of `hosts`, if other apps have the rest. Applies at gateways; inside the mesh, callers use the app's Service.",
        ),
        REQUESTS,
    ),
    delegate: key(
        doc(
            boolean().default(false),
            "Make the gateways' VirtualService, `<app>-gateway`, a delegate: it has no hosts and no gateways, and another VirtualService delegates to it.",
        ),
        REQUESTS,
    ),
    rewrite: key(
        doc(
            rewriteSchema.prefault({}),
            "Rewrite of the path and the host before the app gets a request. With `match` or `delegate`, only at gateways.",
        ),
        REQUESTS,
    ),
    headers: key(
        doc(headersSchema.prefault({}), "Changes to the headers of requests and responses."),
        REQUESTS,
    ),
    corsPolicy: key(
        doc(
            corsSchema.prefault({}),
            "CORS policy, which browsers apply to scripts of other sites.",
        ),
        REQUESTS,
    ),
    fault: key(
        doc(
            faultSchema.prefault({}),
            "Faults that test the app's callers, in every route except those of stable-only paths. They need an exemption from `fault-injection`.",
        ),
        REQUESTS,
    ),
    routes: key(
        doc(
            listOf("routes, each with a name and a match", named("RouteArgs", routeSchema))
                .refine((routes) => routes.length <= 20, "at most 20 routes")
                .default([]),
            "Requests with settings of their own, most specific first. Every route is split by the same weight.",
        ),
        REQUESTS,
    ),
};
