//go:build tools

// Package tools pins Fortio: the echo server that the demo and the mesh suite deploy.
package tools

import (
	_ "fortio.org/fortio"
)
