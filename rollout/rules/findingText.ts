/** A finding as a sentence for people. */
import { show } from "../problems";
import type { Finding } from "./rule";
import { UNKNOWN } from "./unknown";

/** "VirtualService demo/web: spec.http[0].timeout: found nothing; allowed: … . Set …" */
export function findingText({ resource, path, found, allowed, fix }: Finding): string {
    if (found === UNKNOWN) {
        return `${resource}: ${path}: not known yet, so this could not be judged; allowed: ${allowed}. ${fix}`;
    }
    const value = found === undefined ? "nothing" : show(found);
    return `${resource}: ${path}: found ${value}; allowed: ${allowed}. ${fix}`;
}
