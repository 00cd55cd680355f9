//go:build tools

// Package tools pins the Pulumi CLI; the Kubernetes provider is in resource-kubernetes.
package tools

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
)
