// Decodes the parts of CustomResourceDefinitions that the SDK needs.

package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// definition is one document of a CRD file.
type definition struct {
	Kind string
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Served bool
			Schema struct {
				OpenAPIV3Schema property `yaml:"openAPIV3Schema"`
			}
		}
	}
}

// property is a structural OpenAPI v3 schema. It omits descriptions, and what only the API server
// checks (formats, limits, oneOf, validation rules), which Pulumi's schema cannot express.
type property struct {
	Type                 string
	Properties           map[string]property
	Required             []string
	Items                *property
	AdditionalProperties *property `yaml:"additionalProperties"`
	Enum                 []string
	IntOrString          bool `yaml:"x-kubernetes-int-or-string"`
}

// resource is one kind in one API version.
type resource struct {
	kind       string
	apiVersion string   // group/version
	siblings   []string // the kind's other served API versions
	schema     property
}

// decode reads every CRD of a YAML stream and returns the kinds of the wanted API versions, in stream
// order. It fails on an API version that no CRD serves: a typo must not produce an empty SDK.
func decode(stream io.Reader, apiVersions []string) ([]resource, error) {
	var found []resource
	served := map[string]bool{}
	decoder := yaml.NewDecoder(stream)
	for {
		var crd definition
		err := decoder.Decode(&crd)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("expected a YAML stream of CRDs: %w", err)
		}
		if crd.Kind != "CustomResourceDefinition" {
			continue
		}
		kind := crd.Spec.Names.Kind
		var own []resource
		for _, version := range crd.Spec.Versions {
			if !version.Served {
				continue
			}
			apiVersion := crd.Spec.Group + "/" + version.Name
			served[apiVersion] = true
			own = append(own, resource{kind: kind, apiVersion: apiVersion, schema: version.Schema.OpenAPIV3Schema})
		}
		for i, candidate := range own {
			if !slices.Contains(apiVersions, candidate.apiVersion) {
				continue
			}
			for j, other := range own {
				if i != j {
					candidate.siblings = append(candidate.siblings, other.apiVersion)
				}
			}
			found = append(found, candidate)
		}
	}
	if len(served) == 0 {
		return nil, errors.New("expected at least one CRD, got none")
	}
	for _, wanted := range apiVersions {
		if !served[wanted] {
			return nil, fmt.Errorf("no CRD serves API version %q; served versions: %s", wanted,
				strings.Join(slices.Sorted(maps.Keys(served)), ", "))
		}
	}
	return found, nil
}
