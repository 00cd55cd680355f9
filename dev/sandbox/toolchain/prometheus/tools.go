//go:build tools

// Package tools pins Prometheus: Debian's is built without Kubernetes discovery.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
)
