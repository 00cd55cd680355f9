module istio-canary/sandbox/toolchain/pulumi

go 1.26

require (
	github.com/pulumi/pulumi-kubernetes/provider/v4 v4.0.0-20260115033456-f47bc2d6f199
	github.com/pulumi/pulumi/pkg/v3 v3.216.0
	github.com/pulumi/pulumi/sdk/v3 v3.216.0
)

// A replacement of a dependency does not carry over to its users: this is Pulumi's own.
replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
