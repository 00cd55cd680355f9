//go:build tools

// Package tools pins k6: open-loop load (constant arrival rate).
package tools

import (
	_ "go.k6.io/k6"
)
