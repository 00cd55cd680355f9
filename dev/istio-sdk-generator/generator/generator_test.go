package main

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const kite = "kubernetes:toys.example.com/v1:Kite"

// kiteSpec translates the CRD in testdata.
func kiteSpec(t *testing.T) schema.PackageSpec {
	t.Helper()
	spec, err := translate(kiteResources(t))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func kiteResources(t *testing.T) []resource {
	t.Helper()
	resources, err := decode(bytes.NewReader(kiteCRDs(t)), []string{"toys.example.com/v1"})
	if err != nil {
		t.Fatal(err)
	}
	return resources
}

func kiteCRDs(t *testing.T) []byte {
	t.Helper()
	crds, err := os.ReadFile("testdata/crds.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return crds
}

func TestFieldTypes(t *testing.T) {
	str := schema.TypeSpec{Type: "string"}
	tail := schema.TypeSpec{Ref: "#/types/" + kite + "SpecTail"}
	wind := schema.TypeSpec{Ref: "#/types/" + kite + "SpecWinds"}
	want := map[string]schema.TypeSpec{
		"colour":   {Ref: "#/types/" + kite + "SpecColour"},
		"tail":     {Type: "array", Items: &tail},
		"labels":   {Type: "object", AdditionalProperties: &str},
		"winds":    {Type: "object", AdditionalProperties: &wind},
		"anchor":   {OneOf: []schema.TypeSpec{{Type: "integer"}, {Type: "string"}}},
		"extras":   {Type: "object", AdditionalProperties: &schema.TypeSpec{Ref: "pulumi.json#/Any"}},
		"whatever": {Ref: "pulumi.json#/Any"},
		"flying":   {Type: "boolean"},
	}
	types := kiteSpec(t).Types
	got := types[kite+"Spec"]
	if len(got.Properties) != len(want) {
		t.Errorf("spec has %d fields, want %d", len(got.Properties), len(want))
	}
	for field, spec := range want {
		if !reflect.DeepEqual(got.Properties[field].TypeSpec, spec) {
			t.Errorf("%s: got %+v, want %+v", field, got.Properties[field].TypeSpec, spec)
		}
	}
	if !reflect.DeepEqual(got.Required, []string{"tail"}) {
		t.Errorf("required fields of spec: got %q, want tail", got.Required)
	}
	if knots := types[kite+"SpecTail"].Properties["knots"].Type; knots != "integer" {
		t.Errorf("knots, in an object of an array: got %q", knots)
	}
	if speed := types[kite+"SpecWinds"].Properties["speed"].Type; speed != "number" {
		t.Errorf("speed, in an object of a map and nullable: got %q", speed)
	}
}

func TestEnumOmitsEmptyValue(t *testing.T) {
	want := []schema.EnumValueSpec{{Name: "RED", Value: "RED"}, {Name: "BLUE", Value: "BLUE"}}
	if got := kiteSpec(t).Types[kite+"SpecColour"].Enum; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestResourceIsAKubernetesObject(t *testing.T) {
	resource, ok := kiteSpec(t).Resources[kite]
	if !ok {
		t.Fatalf("no resource %s", kite)
	}
	if got := resource.Properties["apiVersion"].Const; got != "toys.example.com/v1" {
		t.Errorf("apiVersion: got %v", got)
	}
	if got := resource.Properties["kind"].Const; got != "Kite" {
		t.Errorf("kind: got %v", got)
	}
	if got := resource.Properties["metadata"].Ref; got != "#/types/kubernetes:meta/v1:ObjectMeta" {
		t.Errorf("metadata: got %v", got)
	}
	if _, writable := resource.InputProperties["status"]; writable {
		t.Error("status is an input, want an output only")
	}
	if _, readable := resource.Properties["status"]; !readable {
		t.Error("status is not an output")
	}
	if !reflect.DeepEqual(resource.RequiredInputs, []string{"spec"}) {
		t.Errorf("required inputs: got %q, want spec", resource.RequiredInputs)
	}
	want := []schema.AliasSpec{{Type: "kubernetes:toys.example.com/v1beta1:Kite"}}
	if !reflect.DeepEqual(resource.Aliases, want) {
		t.Errorf("aliases: got %+v, want the other served version %+v", resource.Aliases, want)
	}
}

func TestUnservedAPIVersionIsAnError(t *testing.T) {
	for _, version := range []string{"toys.example.com/v2", "toys.example.com/v0"} {
		_, err := decode(bytes.NewReader(kiteCRDs(t)), []string{version})
		want := `no CRD serves API version "` + version +
			`"; served versions: toys.example.com/v1, toys.example.com/v1beta1`
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestDuplicateTypeNameIsAnError(t *testing.T) {
	object := func(fields map[string]property) property {
		return property{Type: "object", Properties: fields}
	}
	leaf := object(map[string]property{"x": {Type: "string"}})
	_, err := translate([]resource{{kind: "Kite", apiVersion: "toys.example.com/v1", schema: object(map[string]property{
		"spec": object(map[string]property{
			"tailKnot": leaf,
			"tail":     object(map[string]property{"knot": leaf}),
		}),
	})}})
	want := "two fields generate the type " + kite + "SpecTailKnot"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestPackageIsReproducibleAndWithoutDescriptions(t *testing.T) {
	generated := func() map[string][]byte {
		files, err := generate(bytes.NewReader(kiteCRDs(t)), []string{"toys.example.com/v1"}, "v1.2.3", "4.5.6")
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	files := generated()
	if !reflect.DeepEqual(files, generated()) {
		t.Error("two runs differ")
	}
	if _, ok := files["toys/v1/kite.ts"]; !ok {
		t.Error("no toys/v1/kite.ts")
	}
	for name, content := range files {
		if strings.Contains(string(content), "Prose") {
			t.Errorf("%s repeats the CRD's description", name)
		}
	}
	for _, want := range []string{`"version": "4.5.6"`, "istio.io/istio v1.2.3"} {
		if !strings.Contains(string(files["package.json"]), want) {
			t.Errorf("package.json has no %s", want)
		}
	}
}
