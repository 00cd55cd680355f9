#!/usr/bin/env bash
# The ladder of the articles' script, mended: it waits for the new version's pods, its route has a timeout, its host is in full, and
# the five minutes of watching between two weights are DWELL. It still looks at nothing: whoever watches has to end it.
# Needs: NAMESPACE, TIMEOUT (of the route), DWELL (seconds). `canary-rollout.sh 100` gives v1 that weight and ends.
set -euo pipefail

host="web.${NAMESPACE}.svc.cluster.local"

set_weight() {
  local v1_weight=$1
  local v2_weight=$((100 - v1_weight))
  kubectl apply -f - <<EOF
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: web
  namespace: ${NAMESPACE}
spec:
  hosts:
  - ${host}
  http:
  - route:
    - destination:
        host: ${host}
        subset: v1
      weight: ${v1_weight}
    - destination:
        host: ${host}
        subset: v2
      weight: ${v2_weight}
    timeout: ${TIMEOUT}
EOF
}

if [ $# -eq 1 ]; then
  set_weight "$1"
  exit
fi

kubectl rollout status deployment/web-v2 -n "${NAMESPACE}" --timeout=180s

# Phase 1: 10% traffic to v2
set_weight 90
sleep "${DWELL}"

# Phase 2: 50% traffic to v2
set_weight 50
sleep "${DWELL}"

# Phase 3: 100% traffic to v2
set_weight 0
