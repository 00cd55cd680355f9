//go:build tools

// Package tools pins Flagger: the peer that dev/bench/rollouts.ts runs beside the driver.
package tools

import (
	_ "github.com/fluxcd/flagger/cmd/flagger"
)
