import assert from "node:assert/strict";
import { NotSelected, selectRollout } from "../../../../canary/driver/selectRollout";

const web = { name: "web", namespace: "shop", app: "web" };
const orders = { name: "orders", namespace: "orders", app: "web" };
const cart = { name: "basket", namespace: "shop", app: "cart" };

describe("selectRollout", () => {
    it("needs no name if the stack has one rollout", () => {
        assert.equal(selectRollout([cart], undefined, "prod"), cart);
    });

    it("takes the component's name, namespace/app, or an app that only one rollout has", () => {
        const all = [web, orders, cart];
        for (const wanted of ["basket", "shop/cart", "cart"]) {
            assert.equal(selectRollout(all, wanted, "prod"), cart, wanted);
        }
        assert.equal(selectRollout(all, "orders/web", "prod"), orders);
        // A name wins over an app.
        assert.equal(selectRollout(all, "web", "prod"), web);
    });

    const refusal = (rollouts: readonly (typeof web)[], wanted?: string): NotSelected => {
        try {
            selectRollout(rollouts, wanted, "prod");
        } catch (error) {
            if (error instanceof NotSelected) return error;
        }
        assert.fail("a rollout was selected");
    };

    it("lists the rollouts, and the flag, if there are several", () => {
        const { code, choices, message } = refusal([web, cart]);
        assert.equal(code, "several");
        assert.deepEqual(choices, [web, cart]);
        assert.equal(
            message,
            "Stack prod: expected one rollout, got 2: web (shop/web), basket (shop/cart). Choose one: pass --rollout <name>.",
        );
    });

    it("lists those that share an app", () => {
        const { code, choices } = refusal([{ ...web, name: "front" }, orders, cart], "web");
        assert.equal(code, "several");
        assert.equal(choices.length, 2);
    });

    it("lists the rollouts if none has the name", () => {
        const { code, message } = refusal([web, cart], "wbe");
        assert.equal(code, "unknown");
        assert.match(
            message,
            /--rollout: .*\(web \(shop\/web\), basket \(shop\/cart\)\), got wbe\./,
        );
    });

    it("says what to do if the stack has none", () => {
        const { code, message } = refusal([]);
        assert.equal(code, "none");
        assert.match(message, /Deploy it at weight 0 first: run `pulumi up`\./);
    });
});
