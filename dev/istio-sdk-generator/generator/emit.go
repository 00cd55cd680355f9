// Generates the files of the npm package from a package schema.

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const packageName = "@pulumi/kubernetes-istio"

// noLoader is a loader of referenced packages for a schema that references none.
type noLoader struct{ schema.ReferenceLoader }

// emit returns the package's files by slash-separated path. providerVersion is the version of the
// Kubernetes provider that the resources request from the engine.
func emit(spec schema.PackageSpec, description, providerVersion string) (map[string][]byte, error) {
	spec.Name = providerName
	language, err := json.Marshal(nodejs.NodePackageInfo{
		// Types are named `VirtualServiceSpecHttp` and not `...Args`, as in @pulumi/kubernetes.
		Compatibility:   "kubernetes20",
		ModuleToPackage: moduleFolders(spec),
	})
	if err != nil {
		return nil, err
	}
	spec.Language = map[string]schema.RawMessage{"nodejs": language}

	loader := noLoader{}
	languages := map[string]schema.Language{"nodejs": nodejs.Importer}
	pkg, err := schema.ImportSpec(spec, languages, loader, schema.ValidationOptions{})
	if err != nil {
		return nil, fmt.Errorf("the schema is not a valid Pulumi package: %w", err)
	}
	files, err := nodejs.GeneratePackage("npm run sdk:generate", pkg, nil, nil, false, loader)
	if err != nil {
		return nil, err
	}
	delete(files, ".gitignore") // the repository's .gitignore covers bin/
	delete(files, "README.md")  // would be empty; see docs/internals/typed-istio-sdk.md
	if files["package.json"], err = manifest(description, providerVersion); err != nil {
		return nil, err
	}
	files["tsconfig.json"] = []byte(tsconfig)
	return files, nil
}

// moduleFolders maps `networking.istio.io/v1` to the folder and namespace `networking/v1`.
func moduleFolders(spec schema.PackageSpec) map[string]string {
	folders := map[string]string{}
	for token := range spec.Resources {
		module := strings.Split(token, ":")[1]
		group, version, _ := strings.Cut(module, "/")
		area, _, _ := strings.Cut(group, ".")
		folders[module] = area + "/" + version
	}
	return folders
}

// manifest replaces Pulumi's generated package.json, which is meant to be published from bin/.
func manifest(description, providerVersion string) ([]byte, error) {
	type plugin struct {
		Resource bool   `json:"resource"`
		Name     string `json:"name"`
		Version  string `json:"version"`
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	err := encoder.Encode(struct {
		Name             string            `json:"name"`
		Version          string            `json:"version"`
		Private          bool              `json:"private"`
		Description      string            `json:"description"`
		License          string            `json:"license"`
		Main             string            `json:"main"`
		Types            string            `json:"types"`
		Files            []string          `json:"files"`
		PeerDependencies map[string]string `json:"peerDependencies"`
		Pulumi           plugin            `json:"pulumi"`
	}{
		Name: packageName,
		// The resources request this provider version (utilities.getVersion). A version other than
		// that of @pulumi/kubernetes would start a second provider.
		Version:     providerVersion,
		Private:     true, // part of the repository and its tarball; not published
		Description: description,
		License:     "Apache-2.0",
		Main:        "bin/index.js",
		Types:       "bin/index.d.ts",
		Files:       []string{"bin"},
		// A peer dependency, so that the SDK never brings a second copy of the runtime.
		PeerDependencies: map[string]string{"@pulumi/pulumi": nodejs.MinimumValidSDKVersion},
		Pulumi:           plugin{Resource: true, Name: providerName, Version: providerVersion},
	})
	return out.Bytes(), err
}

// tsconfig also copies package.json into bin/, where utilities.getVersion reads it. No source maps,
// because the tarball does not contain the sources.
const tsconfig = `{
    "compilerOptions": {
        "outDir": "bin",
        "rootDir": ".",
        "declaration": true,
        "stripInternal": true,
        "target": "es2022",
        "module": "node16",
        "moduleResolution": "node16",
        "moduleDetection": "force",
        "resolveJsonModule": true,
        "types": ["node"],
        "strict": true,
        "skipLibCheck": true
    },
    "include": ["**/*.ts", "package.json"],
    "exclude": ["bin", "node_modules"]
}
`
