// The smallest pack that guards a canary's weight, as a first pack is written.
import { PolicyPack } from "@pulumi/policy";

interface Route {
    route?: { weight?: number }[];
}

new PolicyPack("one-rule", {
    policies: [
        {
            name: "weights-add-up",
            description: "The weights of every route add up to 100.",
            enforcementLevel: "mandatory",
            validateResource: ({ type, props }, report) => {
                if (!type.endsWith(":VirtualService")) return;
                for (const { route = [] } of (props.spec?.http ?? []) as Route[]) {
                    const sum = route.reduce((total, { weight = 0 }) => total + weight, 0);
                    if (route.length > 1 && sum !== 100) report(`The weights add up to ${sum}.`);
                }
            },
        },
    ],
});
