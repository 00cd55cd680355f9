// Generator turns the CRDs of an Istio release into the sources of the npm package
// @pulumi/kubernetes-istio. `npm run sdk:generate` runs it with the pinned Istio.

package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// stableAPIs are Istio's stable API versions.
const stableAPIs = "networking.istio.io/v1,security.istio.io/v1,telemetry.istio.io/v1"

func main() {
	crds := flag.String("crds", "", "the `file` with the CRDs of an Istio release")
	release := flag.String("istio", "", "the `version` of istio.io/istio with these CRDs, for the description")
	provider := flag.String("provider", "", "the `version` of @pulumi/kubernetes that creates the resources")
	apis := flag.String("apis", stableAPIs, "comma-separated API `versions` to generate")
	out := flag.String("out", "", "the `folder` to write to")
	flag.Parse()
	for _, name := range []string{"crds", "istio", "provider", "out"} {
		if flag.Lookup(name).Value.String() == "" {
			fail(fmt.Errorf("-%s is required (see -help)", name))
		}
	}
	stream, err := os.Open(*crds)
	if err != nil {
		fail(err)
	}
	defer stream.Close()
	files, err := generate(stream, strings.Split(*apis, ","), *release, *provider)
	if err != nil {
		fail(fmt.Errorf("%s: %w", *crds, err))
	}
	if err := write(*out, files); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "sdk generator:", err)
	os.Exit(1)
}

// generate returns the package's files by path.
func generate(crds io.Reader, apis []string, release, provider string) (map[string][]byte, error) {
	resources, err := decode(crds, apis)
	if err != nil {
		return nil, err
	}
	spec, err := translate(resources)
	if err != nil {
		return nil, err
	}
	description := "Typed Istio resources for Pulumi, generated from the CRDs of istio.io/istio " + release
	return emit(spec, description, provider)
}

func write(folder string, files map[string][]byte) error {
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
