module istio-canary/sandbox/toolchain/fortio

go 1.26

require fortio.org/fortio v1.68.1
