// The package's folder on disk: writing it, and finding what differs from it.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// built are the folders beside the sources that are not the generator's.
var built = []string{"bin", "node_modules"}

// write makes the folder hold exactly the files, apart from what is built there.
func write(folder string, files map[string][]byte) error {
	stale, err := list(folder)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if _, wanted := files[name]; !wanted {
			if err := os.Remove(filepath.Join(folder, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
	}
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

// compare returns one line for each file that differs, sorted by path.
func compare(folder string, files map[string][]byte) ([]string, error) {
	present, err := list(folder)
	if err != nil {
		return nil, err
	}
	var drift []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !slices.Contains(present, name) {
			drift = append(drift, fmt.Sprintf("missing:   %s", name))
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(content, files[name]) {
			drift = append(drift, fmt.Sprintf("different: %s", name))
		}
	}
	for _, name := range present {
		if _, wanted := files[name]; !wanted {
			drift = append(drift, fmt.Sprintf("not made:  %s", name))
		}
	}
	return drift, nil
}

// list returns the slash-separated paths of the files in the folder; none if there is no folder.
func list(folder string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(built, filepath.ToSlash(name)) {
				return filepath.SkipDir
			}
			return nil
		}
		names = append(names, filepath.ToSlash(name))
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}
