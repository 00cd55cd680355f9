/** Load balancing: validateLoadBalancer and ValidateLocalityLbSetting of pkg/config/validation. */
import { textOf } from "../../config/unknown";
import type { Field } from "../field";
import { parseGoDuration } from "../schema/goDuration";

const LARGEST_TABLE = 5_000_011;
const TOPOLOGY = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
];

export function checkLoadBalancer(balancer: Field, hasOutlierDetection: boolean): void {
    if (!balancer.isSet || balancer.isUnknown) return;
    checkConsistentHash(balancer.get("consistentHash"));
    checkLocality(balancer.get("localityLbSetting"), hasOutlierDetection);
}

function checkConsistentHash(hash: Field): void {
    const cookie = hash.get("httpCookie");
    const ttl = cookie.get("ttl");
    if (ttl.isSet) {
        ttl.rejectUnless(
            (text) => parseGoDuration(text) !== undefined,
            'a duration, such as "1h"',
            "Correct the duration; 0s is a cookie of the session.",
        );
    }
    if (cookie.isSet && !cookie.isUnknown && !cookie.get("name").isFilled) {
        cookie.get("name").reject("a non-empty string", "Set the name of the cookie.");
    }
    const names = new Set<unknown>();
    for (const attribute of cookie.get("attributes").items) {
        const name = attribute.get("name");
        if (!attribute.isUnknown && !name.isFilled) {
            name.reject("a non-empty string", "Set the name of the attribute.");
        } else if (name.text && names.has(name.text)) {
            name.reject("a name that occurs once", "Remove this attribute.");
        }
        names.add(name.text);
    }
    const ring = hash.get("minimumRingSize");
    if (ring.isFilled) {
        ring.warn("no value", "Use ringHash.minimumRingSize: this field is deprecated.");
        for (const name of ["ringHash", "maglev"]) {
            const algorithm = hash.get(name);
            if (algorithm.isSet) {
                algorithm.reject("no value beside minimumRingSize", "Remove minimumRingSize.");
            }
        }
    }
    const maglev = hash.get("maglev");
    const size = maglev.get("tableSize");
    const { number } = size;
    if (!maglev.isSet || maglev.isUnknown || number === undefined) return;
    if (!isPrime(number) || number >= LARGEST_TABLE) {
        size.reject(`a prime number below ${LARGEST_TABLE}`, "Use a prime number, such as 65537.");
    }
}

function isPrime(value: number): boolean {
    if (value === 0 || (value > 3 && value % 2 === 0)) return false;
    for (let factor = 3; factor * factor <= value; factor += 2) {
        if (value % factor === 0) return false;
    }
    return true;
}

function checkLocality(locality: Field, hasOutlierDetection: boolean): void {
    if (!locality.isSet || locality.isUnknown) return;
    const [distribute, failover, priority] = [
        locality.get("distribute"),
        locality.get("failover"),
        locality.get("failoverPriority"),
    ];
    if (distribute.isFilled && failover.isFilled) {
        failover.reject("no value beside distribute", "Keep one of distribute and failover.");
        return;
    }
    for (const label of failover.isFilled ? priority.items : []) {
        if (TOPOLOGY.includes(textOf(label.value))) {
            label.reject("no topology label beside failover", "Remove it, or remove failover.");
        }
    }
    checkDistribute(distribute);
    if ((failover.isFilled || priority.isFilled) && !hasOutlierDetection) {
        locality.warn(
            "outlierDetection in the same policy",
            "Add it: without it, no pod counts as failed, and nothing fails over.",
        );
    }
    for (const one of failover.items) checkFailover(one);
}

function checkDistribute(distribute: Field): void {
    checkLocalities(distribute.items.map((one) => [one.get("from").text, one.get("from")]));
    for (const one of distribute.items) {
        checkLocalities(one.get("to").entries);
        const to = one.get("to").entries.map(([, weight]) => weight);
        if (to.some(({ isUnknown }) => isUnknown)) continue;
        for (const weight of to) {
            const { number = 1 } = weight;
            if (number < 1 || number > 100)
                weight.reject("1 to 100", "Use a weight in this range.");
        }
        const total = to.reduce((sum, { number = 0 }) => sum + number, 0);
        if (!one.isUnknown && !one.get("to").isUnknown && total !== 100) {
            one.get("to").reject("weights that add up to 100", `Change them: they are ${total}.`);
        }
    }
}

/** validateLocalities: "region/zone/subzone", with "*" at the end, and none that contains another. */
function checkLocalities(
    localities: readonly (readonly [text: string | undefined, field: Field])[],
): void {
    const before: string[][] = [];
    for (const [text, locality] of localities) {
        if (text === undefined) continue;
        const parts = text.split("/", 3);
        const isForm = parts.every((part) => part !== "") && /^[^*]*\*?$/.test(text);
        const known = parts.filter((part) => part !== "*");
        if (!isForm) locality.reject("region/zone/subzone", 'Use "*" only at the end.');
        else if (before.some((other) => isStart(other, known) || isStart(known, other))) {
            locality.reject(
                "a locality that no other entry contains",
                "Remove one of the entries.",
            );
        }
        before.push(known);
    }
}

function isStart(start: readonly string[], whole: readonly string[]): boolean {
    return start.every((part, index) => part === whole[index]);
}

function checkFailover(failover: Field): void {
    const [from, to] = [failover.get("from"), failover.get("to")];
    if (from.text !== undefined && from.text === to.text) {
        to.reject("another region", "Name the region that takes over.");
    }
    for (const region of [from, to]) {
        region.rejectUnless(
            (text) => !/[/*]/.test(text),
            "a region without zone and wildcard",
            "Name the region only.",
        );
    }
}
