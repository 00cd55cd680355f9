// Decoding of CustomResourceDefinitions: only the parts an SDK is made from.

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

// property is a structural OpenAPI v3 schema. What only the API server checks (formats, limits,
// oneOf, validation rules) has no counterpart in Pulumi's schema and is not read; nor is prose.
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

// decode reads every CRD of a YAML stream and returns the kinds of the wanted API versions, in the
// stream's order. An API version that no CRD serves is an error: a typo must not make an empty SDK.
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
			return nil, fmt.Errorf("not a stream of CRDs: %w", err)
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
		return nil, errors.New("holds no CRD")
	}
	for _, wanted := range apiVersions {
		if !served[wanted] {
			return nil, fmt.Errorf("no CRD serves API version %q; served are: %s", wanted,
				strings.Join(slices.Sorted(maps.Keys(served)), ", "))
		}
	}
	return found, nil
}
