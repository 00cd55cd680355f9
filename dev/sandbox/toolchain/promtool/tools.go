//go:build tools

// Package tools pins promtool, of the same release as the Prometheus beside it.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
