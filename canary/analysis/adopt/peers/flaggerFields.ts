/** Fields of Flagger's Canary (flagger.app/v1beta1) and what they become. */
import { at, isMapping, items, textAt } from "../../../../rollout/config/unknown";
import { type FieldRule, type FieldTable, manual, type Plain, taken } from "../translate";
import { dwellKeys, ladderOf } from "./phaseKeys";

const NO_COUNT =
    "there is no count of failed checks. The driver rolls back on evidence, and `canary:analysis.falseRollback` limits how often it does so by mistake";
const NOT_ISTIO = "only Istio splits the requests here";
const NO_COPY = "Flagger's copy of the object goes; the rollout has one Service";
const route: FieldRule = () => taken("a key of the rollout's route");
const service: FieldRule = () => taken("the Service stays as it is");

/** A field whose `false` or 0 says nothing. */
function unlessOff(text: string): FieldRule {
    return (value) =>
        value === false || value === 0 ? taken("the default here too") : manual(text);
}

const ladder: FieldRule = (_, spec) => {
    const weights = stepsOf(analysisOf(spec));
    const text = `\`ladder\`: ${weights.join(", ")}`;
    return taken(text, { config: { ladder: weights } });
};

function analysisOf(spec: Plain): unknown {
    return spec.analysis ?? spec.canaryAnalysis;
}

function stepsOf(analysis: unknown): number[] {
    const listed = items(at(analysis, "stepWeights")).map(([, one]) => Number(one));
    if (listed.length > 0) return ladderOf(listed);
    const step = Math.max(1, Number(at(analysis, "stepWeight") ?? 100));
    const most = Number(at(analysis, "maxWeight") ?? 100);
    const count = Math.ceil(Math.min(most, 100) / step);
    return ladderOf(
        Array.from({ length: count }, (_, index) => Math.min((index + 1) * step, most)),
    );
}

/** Flagger's two built-in checks have a gate here. */
function metric(one: unknown) {
    const name = textAt(one, "name") ?? "";
    const bound = (which: "min" | "max") =>
        Number(at(one, "thresholdRange", which) ?? at(one, "threshold"));
    if (name === "request-success-rate" && at(one, "templateRef") === undefined) {
        const share = Number(((100 - bound("min")) / 100).toFixed(6));
        return taken(
            `${name}: the gate \`errors\`, and \`canary:analysis.objective.errorShare\`: ${share}`,
            { driver: { "analysis.objective.errorShare": share } },
        );
    }
    if (name === "request-duration" && at(one, "templateRef") === undefined) {
        return manual(
            `${name} (at most ${bound("max")} ms): the gate \`latency\` compares the canary with the stable instead. For an absolute limit, add a metric to \`canary:analysis.metrics\``,
        );
    }
    const source = textAt(one, "templateRef", "name") ?? "a query of its own";
    return manual(
        `${name} (${source}; ${fieldsOf(one)}): write its query as a metric of \`canary:analysis.metrics\` (docs/driver/metric-providers.md)`,
    );
}

/** Gates that a person opens; the URLs of Flagger's gates answer 403 to wait, which rolls back here. */
const CONFIRM: Readonly<Record<string, (steps: readonly number[]) => Plain>> = {
    "confirm-rollout": (steps) => ({ phases: steps.slice(0, 1) }),
    "confirm-traffic-increase": () => ({}),
    "confirm-promotion": () => ({ phases: [100] }),
};
const WEBHOOKS: Readonly<Record<string, string>> = {
    "pre-rollout": "a gate `webhook` with `phases` of the first weight",
    rollout: "a gate `webhook`, or `load` for a load generator",
    "post-rollout": "a notification of the event `promoted`",
    event: "`canary:notifications`",
    rollback: "`istio-canary rollback`",
};

function webhook(one: unknown, spec: Plain) {
    const type = textAt(one, "type") ?? "rollout";
    const about = `${textAt(one, "name")} (${type}; ${fieldsOf(one)})`;
    const phases = CONFIRM[type];
    if (phases === undefined) {
        const replacement = WEBHOOKS[type] ?? "none";
        return manual(
            `${about}: ${replacement} replaces it. The driver sends another body, so add it yourself (docs/driver/gates.md)`,
        );
    }
    const gate = {
        type: "approval",
        name: textAt(one, "name"),
        ...phases(stepsOf(analysisOf(spec))),
    };
    return taken(
        `${about}: a gate \`approval\`, which \`istio-canary approve\` opens. To ask a service, replace it by a gate \`webhook\``,
        { gates: [gate] },
    );
}

/** Names of what an item has besides its name and type. */
function fieldsOf(one: unknown): string {
    const names = Object.keys(isMapping(one) ? one : {});
    return names.filter((name) => name !== "name" && name !== "type").join(", ");
}

const COOKIE = /^\^\(\.\*\?;\)\?\(([^=()]+)=([^()]+)\)\(;\.\*\)\?\$$/;

/** A condition of an A/B test as a target. */
function targetOf(match: unknown): Plain {
    const { headers, ...others } = match as Plain;
    const all = isMapping(headers) ? { ...headers } : {};
    const [, name, value] = COOKIE.exec(textAt(all, "cookie", "regex") ?? "") ?? [];
    if (name !== undefined) delete all.cookie;
    return {
        ...(Object.keys(all).length > 0 && { headers: all }),
        ...(name !== undefined && { cookies: { [name]: { exact: value } } }),
        ...others,
    };
}

const ANALYSIS: FieldTable = {
    interval: (value) => {
        const driver = dwellKeys(value);
        return driver === undefined
            ? manual("not a duration; set `canary:analysis.minDwell`")
            : taken("`canary:analysis.minDwell`: the least time of each phase", { driver });
    },
    iterations: (value, spec) =>
        value === 0 || at(analysisOf(spec), "stepWeight") !== undefined
            ? taken("Flagger does not use it with `stepWeight`")
            : taken("`ladder`: [100]: no phases by weight", { config: { ladder: [100] } }),
    maxWeight: ladder,
    stepWeight: ladder,
    stepWeights: ladder,
    stepWeightPromotion: unlessOff("a promotion only swaps the roles, so it moves no requests"),
    threshold: NO_COUNT,
    primaryReadyThreshold: unlessOff("a phase waits for all pods of both versions"),
    canaryReadyThreshold: unlessOff("a phase waits for all pods of both versions"),
    mirror: unlessOff("set `mirror.percentage` together with the next version, at weight 0"),
    mirrorWeight: (value) => manual(`with the next version, set \`mirror.percentage\`: ${value}`),
    match: (value) => {
        const targets = items(value).map(([, one]) => targetOf(one));
        return manual(
            `together with the next version, set \`targets\`: ${JSON.stringify(targets)}. Unlike in Flagger, all their requests go to the canary at every weight`,
        );
    },
    sessionAffinity: (value) => {
        const cookie = textAt(value, "cookieName");
        const others = Object.keys(value as Plain).filter(
            (one) => !/^(cookieName|maxAge)$/.test(one),
        );
        return [
            taken("`sticky`", {
                config: {
                    "sticky.cookie": cookie,
                    "sticky.maxAge": `${at(value, "maxAge") ?? 86_400}s`,
                },
            }),
            ...others.map((name) => manual(`\`${name}\` of the cookie has no key`)),
        ];
    },
    metrics: (value) => items(value).map(([, one]) => metric(one)),
    webhooks: (value, spec) => items(value).map(([, one]) => webhook(one, spec)),
    alerts: (value) =>
        items(value).map(([, one]) =>
            manual(
                `${textAt(one, "name")} (${textAt(one, "providerRef", "name")}, ${textAt(one, "severity") ?? "info"}): set up \`canary:notifications\` (docs/driver/notifications.md)`,
            ),
        ),
};

export const FLAGGER_FIELDS: FieldTable = {
    provider: (value) => (/^istio(:|$)/.test(String(value)) ? taken("as here") : manual(NOT_ISTIO)),
    metricsServer: (value) =>
        taken("`canary:prometheus.url`", { driver: { "prometheus.url": value } }),
    targetRef: (value) =>
        textAt(value, "kind") === "Deployment" || at(value, "kind") === undefined
            ? taken("the pods of its primary, as version")
            : {
                  kind: "blocked",
                  text: `a ${textAt(value, "kind")} cannot become a version. See docs/workload/existing-workloads.md`,
              },
    autoscalerRef: (value) =>
        at(value, "primaryScalerQueries") === undefined &&
        at(value, "primaryScalerReplicas") === undefined
            ? taken("`autoscaling` of the version, as the primary's autoscaler is")
            : manual(
                  "`primaryScalerQueries` and `primaryScalerReplicas`: each version has `autoscaling` of its own",
              ),
    ingressRef: NOT_ISTIO,
    routeRef: NOT_ISTIO,
    upstreamRef: NOT_ISTIO,
    progressDeadlineSeconds: (value) =>
        taken("`readyTimeout` of the version", { version: { readyTimeout: `${value}s` } }),
    skipAnalysis: unlessOff("without analysis, set the weights by `pulumi up` yourself"),
    revertOnDeletion: unlessOff("the first step of the plan turns it off"),
    suspend: unlessOff("nothing starts by itself here; `istio-canary pause` stops a rollout"),
    "service.name": service,
    "service.port": service,
    "service.portName": service,
    "service.targetPort": service,
    "service.appProtocol": service,
    "service.trafficDistribution": service,
    "service.portDiscovery": () => taken("further ports of the Service become `ports`"),
    "service.headless": unlessOff("a headless Service cannot be split by weight"),
    "service.apex": service,
    "service.primary": NO_COPY,
    "service.canary": NO_COPY,
    "service.unmanagedMetadata": () => taken("the Service keeps all its metadata"),
    "service.hosts": route,
    "service.gateways": route,
    "service.delegation": route,
    "service.match": route,
    "service.rewrite": route,
    "service.timeout": route,
    "service.retries": route,
    "service.headers": route,
    "service.corsPolicy": route,
    "service.trafficPolicy": () =>
        taken("`connectionPool`, `outlierDetection` and `loadBalancing`; see its DestinationRule"),
    "service.backendTimeout": NOT_ISTIO,
    "service.gatewayRefs":
        "Flagger's HTTPRoute is not read. Set `routing: gateway-api` and `gateways` (docs/traffic/gateway-api.md)",
    "service.mirror":
        "a filter of the Gateway API; `mirror.percentage` copies requests to the canary only",
    "service.meshName": NOT_ISTIO,
    "service.backends": NOT_ISTIO,
    // Flagger reads the older name too.
    ...Object.fromEntries(
        ["analysis", "canaryAnalysis"].flatMap((parent) =>
            Object.entries(ANALYSIS).map(([name, rule]) => [`${parent}.${name}`, rule]),
        ),
    ),
};
