#!/usr/bin/env bash
# docs/start/quickstart.md from an empty machine: a kind cluster, Istio, Prometheus, and the demo. Removes the cluster at the end.
# Needs Docker, kind, kubectl, istioctl and Node.js; run it in a checkout.
# With --context NAME, only the demo, on that cluster, which must have Istio. Needs kubectl and Node.js.
set -euo pipefail
if [ "${1:-}" = --context ]; then
    context=${2:?"--context: expected a context of your kubeconfig, got nothing."}
    tools="kubectl node"
else
    cluster=canary-quickstart
    context=kind-$cluster
    tools="docker kind kubectl istioctl node"
fi

for tool in $tools; do
    command -v "$tool" >/dev/null || { echo "$tool is not on PATH."; exit 2; }
done
if [ -n "${cluster:-}" ]; then
    trap 'kill "${forward:-}" 2>/dev/null || true; kind delete cluster --name "$cluster"' EXIT
    kind create cluster --name "$cluster"
    istioctl install --context "$context" --set profile=default --skip-confirmation
    kubectl --context "$context" apply -f https://raw.githubusercontent.com/istio/istio/release-1.28/samples/addons/prometheus.yaml
    kubectl --context "$context" -n istio-system rollout status deployment/prometheus --timeout=180s
    kubectl --context "$context" -n istio-system port-forward service/prometheus 9090:9090 >/dev/null &
    forward=$!
    export PROMETHEUS_URL=http://localhost:9090
fi
[ -d node_modules ] || npm ci
kubectl --context "$context" -n istio-system rollout status deployment/istiod --timeout=60s
npm run demo -- --context "$context"
