module istio-canary/sandbox/toolchain/istio

go 1.26

require (
	github.com/envoyproxy/go-control-plane v0.14.0
	github.com/envoyproxy/go-control-plane/envoy v1.36.0
	istio.io/istio v0.0.0-20260114100434-4c1f845d839e
)
