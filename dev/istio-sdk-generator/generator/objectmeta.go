// ObjectMeta, the only type that CRDs do not define.

package main

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const (
	metaModule          = "meta/v1"
	objectMetaToken     = providerName + ":" + metaModule + ":ObjectMeta"
	ownerReferenceToken = providerName + ":" + metaModule + ":OwnerReference"
)

// objectMetaTypes defines Kubernetes' ObjectMeta here, so that the SDK does not need the schema of
// @pulumi/kubernetes. Values of both packages are structurally interchangeable.
func objectMetaTypes() map[string]schema.ComplexTypeSpec {
	str := schema.TypeSpec{Type: "string"}
	strings := schema.TypeSpec{Type: "array", Items: &str}
	stringMap := schema.TypeSpec{Type: "object", AdditionalProperties: &str}
	owner := refTo(ownerReferenceToken)
	return map[string]schema.ComplexTypeSpec{
		objectMetaToken: objectType(map[string]schema.TypeSpec{
			"annotations":       stringMap,
			"creationTimestamp": str,
			"deletionTimestamp": str,
			"finalizers":        strings,
			"generateName":      str,
			"generation":        {Type: "integer"},
			"labels":            stringMap,
			"name":              str,
			"namespace":         str,
			"ownerReferences":   {Type: "array", Items: &owner},
			"resourceVersion":   str,
			"uid":               str,
		}),
		ownerReferenceToken: objectType(map[string]schema.TypeSpec{
			"apiVersion":         str,
			"blockOwnerDeletion": {Type: "boolean"},
			"controller":         {Type: "boolean"},
			"kind":               str,
			"name":               str,
			"uid":                str,
		}, "apiVersion", "kind", "name", "uid"),
	}
}

// objectType returns an object type. As inputs, only requiredInputs are required; as outputs, all fields
// are: `metadata.name` of a live object is a string, as in @pulumi/kubernetes.
func objectType(fields map[string]schema.TypeSpec, requiredInputs ...string) schema.ComplexTypeSpec {
	properties := map[string]schema.PropertySpec{}
	for name, spec := range fields {
		properties[name] = schema.PropertySpec{TypeSpec: spec}
	}
	required, err := json.Marshal(map[string][]string{
		"requiredInputs":  requiredInputs,
		"requiredOutputs": slices.Sorted(maps.Keys(fields)),
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return schema.ComplexTypeSpec{ObjectTypeSpec: schema.ObjectTypeSpec{
		Type:       "object",
		Properties: properties,
		Required:   requiredInputs,
		Language:   map[string]schema.RawMessage{"nodejs": required},
	}}
}
