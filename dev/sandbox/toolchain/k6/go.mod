module istio-canary/sandbox/toolchain/k6

go 1.26

require go.k6.io/k6 v1.8.1
