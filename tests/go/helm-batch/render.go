package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// job is one `helm template RELEASE CHART`: Values holds the texts of values files, Sets what --set
// takes.
type job struct {
	Chart     string   `json:"chart"`
	Release   string   `json:"release"`
	Namespace string   `json:"namespace"`
	Values    []string `json:"values"`
	Sets      []string `json:"sets"`
}

// render returns the manifests as `helm template` prints them.
func render(line []byte) (any, error) {
	var asked job
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	loaded, err := loader.Load(asked.Chart)
	if err != nil {
		return nil, err
	}
	given, err := asked.values()
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependenciesWithMerge(loaded, given); err != nil {
		return nil, err
	}
	return manifests(loaded, given, asked)
}

func manifests(loaded *chart.Chart, given map[string]any, asked job) (string, error) {
	capabilities := chartutil.DefaultCapabilities.Copy()
	wanted := loaded.Metadata.KubeVersion
	if wanted != "" && !chartutil.IsCompatibleRange(wanted, capabilities.KubeVersion.String()) {
		return "", fmt.Errorf("chart requires kubeVersion: %s", wanted)
	}
	release := chartutil.ReleaseOptions{
		Name:      asked.Release,
		Namespace: asked.Namespace,
		Revision:  1,
		IsInstall: true,
	}
	values, err := chartutil.ToRenderValues(loaded, given, release, capabilities)
	if err != nil {
		return "", err
	}
	files, err := engine.Render(loaded, values)
	if err != nil {
		return "", err
	}
	for name := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
		}
	}
	return printed(files)
}

// printed puts manifests before hooks, as `helm template` does.
func printed(files map[string]string) (string, error) {
	hooks, sorted, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, manifest := range sorted {
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", manifest.Name, manifest.Content)
	}
	all := strings.TrimSpace(text.String()) + "\n"
	for _, hook := range hooks {
		all += fmt.Sprintf("---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return all, nil
}

func (asked job) values() (map[string]any, error) {
	given := map[string]any{}
	for _, text := range asked.Values {
		next := map[string]any{}
		if err := yaml.Unmarshal([]byte(text), &next); err != nil {
			return nil, err
		}
		given = laidOver(given, next)
	}
	for _, set := range asked.Sets {
		if err := strvals.ParseInto(set, given); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// laidOver returns the values of a file over those of the file before it: mappings are merged,
// everything else is replaced.
func laidOver(under, over map[string]any) map[string]any {
	for key, value := range over {
		below, isMapping := under[key].(map[string]any)
		if inner, ok := value.(map[string]any); ok && isMapping {
			value = laidOver(below, inner)
		}
		under[key] = value
	}
	return under
}
