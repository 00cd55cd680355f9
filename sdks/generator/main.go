// Generator turns the CRDs of an Istio release into the npm package @pulumi/kubernetes-istio.

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

// stableAPIs are the API versions that Istio promises to keep.
const stableAPIs = "networking.istio.io/v1,security.istio.io/v1,telemetry.istio.io/v1"

// errDrift is the outcome of a check that found differences, which it has printed by then.
var errDrift = errors.New("the checked-in SDK is not what the generator makes")

type options struct {
	crds     string
	release  string
	provider string
	apis     string
	out      string
	check    bool
}

func main() {
	var o options
	flag.StringVar(&o.crds, "crds", "", "the `file` with the CRDs of an Istio release")
	flag.StringVar(&o.release, "istio", "", "the `version` of istio.io/istio they come from, for the description")
	flag.StringVar(&o.provider, "provider", "", "the `version` of @pulumi/kubernetes the resources are created with")
	flag.StringVar(&o.apis, "apis", stableAPIs, "the API `versions` to generate, separated by commas")
	flag.StringVar(&o.out, "out", "", "the `folder` of the package")
	flag.BoolVar(&o.check, "check", false, "write nothing; fail if the folder holds anything else")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "sdk generator:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	for name, value := range map[string]string{
		"crds": o.crds, "istio": o.release, "provider": o.provider, "out": o.out,
	} {
		if value == "" {
			return fmt.Errorf("-%s is missing (see -help)", name)
		}
	}
	files, err := generate(o)
	if err != nil {
		return err
	}
	if !o.check {
		return write(o.out, files)
	}
	drift, err := compare(o.out, files)
	if err != nil || len(drift) == 0 {
		return err
	}
	for _, line := range drift {
		fmt.Fprintln(os.Stderr, line)
	}
	return errDrift
}

func generate(o options) (map[string][]byte, error) {
	stream, err := os.Open(o.crds)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	resources, err := decode(stream, strings.Split(o.apis, ","))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.crds, err)
	}
	spec, err := translate(resources)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.crds, err)
	}
	description := fmt.Sprintf("Typed Istio resources for Pulumi, generated from the CRDs of istio.io/istio %s", o.release)
	return emit(spec, description, o.provider)
}
