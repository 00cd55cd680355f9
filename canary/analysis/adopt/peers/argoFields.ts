/** Fields of a Rollout of Argo Rollouts (argoproj.io/v1alpha1) and what they become. */
import { at, isMapping, items, textAt } from "../../../../rollout/config/unknown";
import {
    type FieldRule,
    type FieldTable,
    manual,
    type Plain,
    type Translation,
    taken,
} from "../translate";
import { dwellKeys, ladderOf, parseTime } from "./phaseKeys";

const NOT_ISTIO = "only Istio splits the requests here";
const KEPT_PODS = "the previous version keeps its pods until a later update removes it";
const BESIDE = "a version never replaces pods of the other: it runs beside it";
const pods: FieldRule = () => taken("pods of the version");
const templates: FieldRule = (value) =>
    manual(
        `${namesOf(value)}: the driver's gates judge every phase. Write other queries as \`canary:analysis.metrics\` (docs/driver/metric-providers.md)`,
    );
const metadata: FieldRule = () =>
    manual("labels and annotations of a role; those of a version are in its `podTemplate`");

function namesOf(analysis: unknown): string {
    const names = items(at(analysis, "templates")).map(([, one]) => textAt(one, "templateName"));
    return names.length === 0 ? "analysis" : names.join(", ");
}

const STEPS: Readonly<Record<string, (value: unknown) => string>> = {
    setCanaryScale: () =>
        "set `capacity`, which scales with the weight, or `replicas` of the version",
    setHeaderRoute: (value) =>
        at(value, "match") === undefined
            ? "the end of a header route; remove `targets` instead"
            : `together with the next version, set \`targets\`: ${JSON.stringify([headersOf(value)])}. They get the canary at every weight`,
    setMirrorRoute: (value) =>
        `with the next version, set \`mirror.percentage\`: ${at(value, "percentage") ?? 100}, at weight 0. Its match has no key`,
    analysis: (value) => `${namesOf(value)}: the driver's gates judge every phase`,
    experiment: () => "there are two versions at a time. Run it outside of the rollout",
    plugin: () => "a gate `webhook` can ask a service (docs/driver/gates.md)",
    replicaProgressThreshold: () => "a phase waits for all pods of both versions",
};

function headersOf(route: unknown): Plain {
    const headers = items(at(route, "match")).map(([, one]) => [
        textAt(one, "headerName"),
        at(one, "headerValue"),
    ]);
    return { headers: Object.fromEntries(headers) };
}

/** The weights become the ladder, and a pause without a time a gate before the next weight. */
const steps: FieldRule = (value) => {
    const list = items(value).map(([, one]) => (isMapping(one) ? one : {}));
    const weights = list.flatMap((one) => ("setWeight" in one ? [Number(one.setWeight)] : []));
    const ladder = ladderOf(weights);
    const rising = weights.filter((one) => one > 0);
    const found: Translation[] = [
        taken(`\`ladder\`: ${ladder.join(", ")}`, { config: { ladder } }),
        ...(rising.some((one, index) => one <= (rising[index - 1] ?? 0))
            ? [
                  manual(
                      "the weights do not rise from step to step; `ladder` has each once, in order",
                  ),
              ]
            : []),
    ];
    const phases = new Set<number>();
    const pauses: unknown[] = [];
    let weight = 0;
    for (const one of list) {
        if ("setWeight" in one) weight = Number(one.setWeight);
        if (!("pause" in one)) continue;
        const duration = at(one.pause, "duration");
        if (duration === undefined) phases.add(ladder.find((step) => step > weight) ?? 100);
        else pauses.push(duration);
    }
    if (phases.size > 0) {
        const gate = { type: "approval", phases: [...phases].sort((a, b) => a - b) };
        const text = `\`pause\` without a duration: a gate \`approval\` before the weights ${gate.phases.join(", ")}, which \`istio-canary approve\` opens`;
        found.push(taken(text, { gates: [gate] }));
    }
    const longest = pauses.reduce<unknown>(
        (most, one) => ((parseTime(one) ?? 0) > (parseTime(most) ?? -1) ? one : most),
        undefined,
    );
    const driver = dwellKeys(longest);
    if (driver !== undefined) {
        const text = `\`pause.duration\` (${pauses.join(", ")}): \`canary:analysis.minDwell\`, the least time of each phase, is the longest of them`;
        found.push(taken(text, { driver }));
    }
    const others = list.flatMap((one) =>
        Object.entries(one).flatMap(([name, field]) => {
            if (name === "setWeight" || name === "pause") return [];
            const text = STEPS[name]?.(field) ?? "not known to this release, and not taken over";
            return [`\`${name}\`: ${text}`];
        }),
    );
    return [...found, ...[...new Set(others)].map((text) => manual(text))];
};

const OTHER_ROUTERS = "nginx alb smi ambassador appMesh traefik apisix plugins".split(" ");

export const ARGO_FIELDS: FieldTable = {
    replicas: pods,
    selector: pods,
    template: pods,
    workloadRef: (value) =>
        textAt(value, "kind") === "Deployment"
            ? taken("the pod template of its Deployment")
            : {
                  kind: "blocked",
                  text: `the pod template of a ${textAt(value, "kind")} is not read. See docs/workload/existing-workloads.md`,
              },
    minReadySeconds: (value) =>
        value === 0
            ? taken("the default here too")
            : manual("no key; a phase lasts at least `canary:analysis.minDwell`"),
    revisionHistoryLimit: "the two slots are the history",
    paused: (value) =>
        value === false ? taken("the default here too") : manual("`istio-canary pause`"),
    progressDeadlineSeconds: (value) =>
        taken("`readyTimeout` of the version", { version: { readyTimeout: `${value}s` } }),
    progressDeadlineAbort: "an update fails at `readyTimeout`, and the driver rolls back",
    restartAt: "restart a version's Deployment with `kubectl rollout restart`",
    rollbackWindow:
        "put the earlier image into the other slot, and raise the weight by `pulumi up`",
    analysis: "numbers of runs to keep; each rollout has a report (docs/driver/report.md)",
    "strategy.canary.canaryService": () => taken("one Service has both versions, as subsets"),
    "strategy.canary.stableService": () => taken("one Service has both versions, as subsets"),
    "strategy.canary.steps": steps,
    "strategy.canary.analysis": templates,
    "strategy.canary.trafficRouting.istio.virtualService": () =>
        taken("its routes become the rollout's; see the VirtualService"),
    "strategy.canary.trafficRouting.istio.virtualServices": (value) =>
        items(value).length === 1
            ? taken("its routes become the rollout's; see the VirtualService")
            : manual("a rollout has one route. Merge the VirtualServices first"),
    "strategy.canary.trafficRouting.istio.destinationRule": () =>
        taken("its limits become the rollout's; the subsets become v1 and v2"),
    "strategy.canary.trafficRouting.managedRoutes": () =>
        taken("the rollout writes the routes of `targets` itself"),
    "strategy.canary.trafficRouting.maxTrafficWeight":
        "weights are percentages: divide those of `ladder` by it",
    ...Object.fromEntries(
        OTHER_ROUTERS.map((name) => [`strategy.canary.trafficRouting.${name}`, NOT_ISTIO]),
    ),
    "strategy.canary.maxSurge": BESIDE,
    "strategy.canary.maxUnavailable": BESIDE,
    "strategy.canary.antiAffinity": "set `affinity` in `podTemplate` of the version",
    "strategy.canary.canaryMetadata": metadata,
    "strategy.canary.stableMetadata": metadata,
    "strategy.canary.scaleDownDelaySeconds": KEPT_PODS,
    "strategy.canary.scaleDownDelayRevisionLimit": KEPT_PODS,
    "strategy.canary.abortScaleDownDelaySeconds": KEPT_PODS,
    "strategy.canary.dynamicStableScale": (value) =>
        value === false
            ? taken("the default here too")
            : manual("set `capacity` with `stable: proportional` (docs/workload/capacity.md)"),
    "strategy.canary.pingPong": () => taken("the roles of the slots swap in the same way"),
    "strategy.canary.minPodsPerReplicaSet": "`replicas` of the version is its least number of pods",
    "strategy.blueGreen.activeService": () =>
        taken("the Service; `ladder`: [100], so all requests move at once", {
            config: { ladder: [100] },
        }),
    "strategy.blueGreen.previewService": "add `targets`, whose requests get the canary at weight 0",
    "strategy.blueGreen.previewReplicaCount": "`replicas` of the canary's version",
    "strategy.blueGreen.autoPromotionEnabled": (value) =>
        value === false
            ? taken("a gate `approval` before weight 100, which `istio-canary approve` opens", {
                  gates: [{ type: "approval", phases: [100] }],
              })
            : taken("the default here too"),
    "strategy.blueGreen.autoPromotionSeconds":
        "no phase comes before 100 %; a gate `schedule` or `webhook` can delay it",
    "strategy.blueGreen.prePromotionAnalysis": templates,
    "strategy.blueGreen.postPromotionAnalysis": templates,
    "strategy.blueGreen.antiAffinity": "set `affinity` in `podTemplate` of the version",
    "strategy.blueGreen.maxUnavailable": BESIDE,
    "strategy.blueGreen.scaleDownDelaySeconds": KEPT_PODS,
    "strategy.blueGreen.scaleDownDelayRevisionLimit": KEPT_PODS,
    "strategy.blueGreen.abortScaleDownDelaySeconds": KEPT_PODS,
    "strategy.blueGreen.previewMetadata": metadata,
    "strategy.blueGreen.activeMetadata": metadata,
};
