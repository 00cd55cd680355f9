//go:build tools

// Package tools pins Pulumi's YAML language host, which runs programs that are only YAML.
package tools

import (
	_ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
)
