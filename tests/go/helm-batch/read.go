package main

import (
	"encoding/json"

	"helm.sh/helm/v3/pkg/chartutil"
)

// read takes the text of a values file, a JSON string, and returns its data.
func read(line []byte) (any, error) {
	var text string
	if err := json.Unmarshal(line, &text); err != nil {
		return nil, err
	}
	return chartutil.ReadValues([]byte(text))
}
