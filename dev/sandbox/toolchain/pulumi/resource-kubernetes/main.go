// pulumi-resource-kubernetes, release 4.25.0. The provider's own main embeds a schema that its Go module leaves out, so this
// one reads it: the builder copies the module's schema.json here, with its version set, before it compiles.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, []byte("{}"))
}
