module istio-canary/sandbox/toolchain/prometheus

go 1.26

require github.com/prometheus/prometheus v0.315.0
