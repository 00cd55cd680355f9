// Random choices of one seed. Each purpose has its own stream, so that a crash does not change the traffic.
import { type Draw, drawFrom } from "../decisions/random";

export interface Luck extends Draw {
    chance(probability: number): boolean;
    between(low: number, high: number): number;
    /** Both inclusive. */
    integer(low: number, high: number): number;
    pick<T>(from: readonly T[]): T;
}

export type Stream = "scenario" | "calls" | "delays" | "traffic" | "disk" | "people";
const STREAMS: readonly Stream[] = ["scenario", "calls", "delays", "traffic", "disk", "people"];

export function luckOf(seed: number, stream: Stream): Luck {
    const draw = drawFrom(mix(seed, STREAMS.indexOf(stream)));
    const integer = (low: number, high: number) =>
        low + Math.floor(draw.uniform() * (high - low + 1));
    return {
        ...draw,
        chance: (probability) => probability > 0 && draw.uniform() < probability,
        between: (low, high) => low + draw.uniform() * (high - low),
        integer,
        pick: <T>(from: readonly T[]) => from[integer(0, from.length - 1)] as T,
    };
}

/** MurmurHash3's finalizer. */
function mix(seed: number, stream: number): number {
    let hash = (Math.imul(seed, 0x9e3779b1) + Math.imul(stream + 1, 0x85ebca6b)) | 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
}
