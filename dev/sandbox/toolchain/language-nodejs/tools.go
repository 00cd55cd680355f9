//go:build tools

// Package tools pins Pulumi's Node.js language host: 3.68 is the last release whose SDK module still holds it.
package tools

import (
	_ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
)
