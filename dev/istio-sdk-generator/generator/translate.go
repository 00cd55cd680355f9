// Translates CRDs into a Pulumi package schema.

package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// providerName is the package of every type token and the plugin that creates the resources: the
// Kubernetes provider. This SDK only adds types.
const providerName = "kubernetes"

const anyType = "pulumi.json#/Any"

// translator collects the named types of the properties.
type translator struct {
	types    map[string]schema.ComplexTypeSpec
	problems []error
}

// translate returns the resources and types of a package schema; emit adds the rest (names, versions).
func translate(resources []resource) (schema.PackageSpec, error) {
	t := translator{types: objectMetaTypes()}
	specs := map[string]schema.ResourceSpec{}
	for _, r := range resources {
		token := tokenOf(r.apiVersion, r.kind)
		specs[token] = t.resource(token, r)
	}
	return schema.PackageSpec{
		// An overlay is not generated: the provider resource belongs to @pulumi/kubernetes.
		Provider:  &schema.ResourceSpec{ObjectTypeSpec: schema.ObjectTypeSpec{IsOverlay: true}},
		Resources: specs,
		Types:     t.types,
	}, errors.Join(t.problems...)
}

func (t *translator) resource(token string, r resource) schema.ResourceSpec {
	properties := map[string]schema.PropertySpec{
		"apiVersion": {TypeSpec: schema.TypeSpec{Type: "string"}, Const: r.apiVersion},
		"kind":       {TypeSpec: schema.TypeSpec{Type: "string"}, Const: r.kind},
		"metadata":   {TypeSpec: refTo(objectMetaToken)},
	}
	for _, name := range slices.Sorted(maps.Keys(r.schema.Properties)) {
		if _, defined := properties[name]; !defined {
			properties[name] = schema.PropertySpec{TypeSpec: t.typeOf(token+upperFirst(name), r.schema.Properties[name])}
		}
	}
	inputs := map[string]schema.PropertySpec{}
	outputs := make([]string, 0, len(properties))
	for name, property := range properties {
		outputs = append(outputs, name)
		if name != "status" {
			inputs[name] = property
		}
	}
	spec := schema.ResourceSpec{
		ObjectTypeSpec: schema.ObjectTypeSpec{
			Description: fmt.Sprintf("%s of %s.", r.kind, r.apiVersion),
			Type:        "object",
			Properties:  properties,
			Required:    outputs, // a live object has all of them, so no type gets `| undefined`
		},
		InputProperties: inputs,
		RequiredInputs:  r.schema.Required,
	}
	// Aliases keep the object when a program moves from another API version of the kind.
	for _, sibling := range r.siblings {
		spec.Aliases = append(spec.Aliases, schema.AliasSpec{Type: tokenOf(sibling, r.kind)})
	}
	return spec
}

// typeOf returns the type of a property; token names its object or enum type, if it has one.
func (t *translator) typeOf(token string, p property) schema.TypeSpec {
	switch {
	case p.IntOrString:
		return schema.TypeSpec{OneOf: []schema.TypeSpec{{Type: "integer"}, {Type: "string"}}}
	case len(p.Properties) > 0:
		return t.object(token, p)
	case p.Type == "array" && p.Items != nil:
		items := t.typeOf(token, *p.Items)
		return schema.TypeSpec{Type: "array", Items: &items}
	case p.Type == "object" && p.AdditionalProperties != nil:
		values := t.typeOf(token, *p.AdditionalProperties)
		return schema.TypeSpec{Type: "object", AdditionalProperties: &values}
	case p.Type == "object":
		return schema.TypeSpec{Type: "object", AdditionalProperties: &schema.TypeSpec{Ref: anyType}}
	case p.Type == "string" && len(p.Enum) > 0:
		return t.enum(token, p)
	case p.Type == "" || p.Type == "array":
		return schema.TypeSpec{Ref: anyType}
	default:
		return schema.TypeSpec{Type: p.Type}
	}
}

func (t *translator) object(token string, p property) schema.TypeSpec {
	properties := map[string]schema.PropertySpec{}
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		properties[name] = schema.PropertySpec{TypeSpec: t.typeOf(token+upperFirst(name), p.Properties[name])}
	}
	return t.define(token, schema.ComplexTypeSpec{ObjectTypeSpec: schema.ObjectTypeSpec{
		Type:       "object",
		Properties: properties,
		Required:   p.Required,
	}})
}

func (t *translator) enum(token string, p property) schema.TypeSpec {
	var values []schema.EnumValueSpec
	for _, value := range p.Enum {
		// An empty value means "not set", like an omitted field.
		if value != "" {
			values = append(values, schema.EnumValueSpec{Name: value, Value: value})
		}
	}
	return t.define(token, schema.ComplexTypeSpec{
		ObjectTypeSpec: schema.ObjectTypeSpec{Type: "string"},
		Enum:           values,
	})
}

// define adds a named type. Tokens are joined field names, so `http.route` and `httpRoute` would share
// one; that is an error, so that the second field does not silently get the type of the first.
func (t *translator) define(token string, spec schema.ComplexTypeSpec) schema.TypeSpec {
	if _, taken := t.types[token]; taken {
		t.problems = append(t.problems, fmt.Errorf("two fields generate the type %s", token))
	}
	t.types[token] = spec
	return refTo(token)
}

func tokenOf(apiVersion, name string) string {
	return strings.Join([]string{providerName, apiVersion, name}, ":")
}

func refTo(token string) schema.TypeSpec {
	return schema.TypeSpec{Ref: "#/types/" + token}
}

func upperFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
