module istio-canary/sandbox/toolchain/pause

go 1.26
