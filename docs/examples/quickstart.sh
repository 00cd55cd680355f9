#!/usr/bin/env bash
# docs/start/quickstart.md from an empty machine: a kind cluster, Istio, Prometheus, and the demo. Removes the cluster at the end.
# Needs Docker, kind, kubectl, istioctl and Node.js; run it in a checkout.
set -euo pipefail
cluster=canary-quickstart
trap 'kill "${forward:-}" 2>/dev/null || true; kind delete cluster --name "$cluster"' EXIT

for tool in docker kind kubectl istioctl node; do
    command -v "$tool" >/dev/null || { echo "$tool is not on PATH."; exit 2; }
done
kind create cluster --name "$cluster"
istioctl install --set profile=default --skip-confirmation
kubectl apply -f https://raw.githubusercontent.com/istio/istio/release-1.28/samples/addons/prometheus.yaml
kubectl -n istio-system rollout status deployment/prometheus --timeout=180s
kubectl -n istio-system port-forward service/prometheus 9090:9090 >/dev/null &
forward=$!
npm ci
PROMETHEUS_URL=http://localhost:9090 npm run demo -- --context "kind-$cluster"
