/** Config: faults that a test injects into the app's requests, in the words of Istio's HTTPFaultInjection. */
import type { z } from "zod";
import { doc, duration, integer, mapping, named, number, oneOf } from "../fields";
import { type Problem, wrongValue } from "../problems";

/** Names of gRPC codes that Istio knows: pilot/pkg/util/grpc. */
export const GRPC_STATUS = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
] as const;

// Required, because Istio's default is 0: a fault without a percentage applies to no request.
const percentage = (what: string) =>
    doc(number(0, 100), `Percentage of requests to ${what}. \`0\` for none.`);

const delaySchema = mapping({
    percentage: percentage("delay"),
    fixedDelay: doc(
        duration("1ms", "1h"),
        "Delay before the request goes to the app. `timeout` begins after it.",
    ),
});

const abortSchema = mapping({
    percentage: percentage("abort"),
    httpStatus: doc(integer(200, 599).optional(), "HTTP status of the answer."),
    grpcStatus: doc(
        oneOf(GRPC_STATUS).optional(),
        "gRPC status of the answer, instead of `httpStatus`: `UNAVAILABLE`.",
    ),
}).refine(
    ({ httpStatus, grpcStatus }) => (httpStatus === undefined) !== (grpcStatus === undefined),
    "exactly one of httpStatus and grpcStatus",
);

export const faultSchema = named(
    "FaultArgs",
    mapping({
        delay: doc(named("FaultDelayArgs", delaySchema).optional(), "Delays requests.", "none"),
        abort: doc(
            named("FaultAbortArgs", abortSchema).optional(),
            "Answers requests with an error, and does not send them to the app.",
            "none",
        ),
    }),
);

export type FaultConfig = z.output<typeof faultSchema>;

/** Whether a fault applies to any request. */
export function hasFault({ delay, abort }: FaultConfig = {}): boolean {
    return [delay, abort].some((one) => one !== undefined && one.percentage > 0);
}

interface FaultValues {
    readonly fault: FaultConfig;
    readonly routes: readonly { readonly fault?: FaultConfig | undefined }[];
    readonly exemptions: Readonly<Record<string, string>>;
}

/** Only a stack whose exemptions say so may have faults: one program serves tests and users. */
export function faultRelations({
    fault,
    routes = [],
    exemptions,
}: Partial<FaultValues>): Problem[] {
    if (exemptions === undefined || exemptions["fault-injection"] !== undefined) return [];
    const places = [
        { path: ["fault"], found: fault },
        ...routes.map((route, index) => ({ path: ["routes", index, "fault"], found: route.fault })),
    ];
    const expected = "no fault, because `exemptions` does not contain fault-injection";
    const fix =
        'Remove it. In a stack for tests, set `exemptions.fault-injection` to a last day and a reason, such as "2027-06-30 chaos tests"';
    return places.flatMap(({ path, found }) =>
        hasFault(found) ? [wrongValue(path, expected, found, fix)] : [],
    );
}
