package main

import (
	"encoding/json"
	"fmt"

	"helm.sh/helm/v3/pkg/chartutil"
)

// asked is the text of a values file, and the ways to values in it: a string is a key, a number
// the place in a list.
type asked struct {
	Text  string  `json:"text"`
	Paths [][]any `json:"paths"`
}

// texts returns what a template prints for the value at each path: null where there is none, and a
// list or a mapping as its kind alone.
func texts(line []byte) (any, error) {
	var question asked
	if err := json.Unmarshal(line, &question); err != nil {
		return nil, err
	}
	values, err := chartutil.ReadValues([]byte(question.Text))
	if err != nil {
		return nil, err
	}
	found := make([]any, len(question.Paths))
	for at, path := range question.Paths {
		found[at] = said(follow(map[string]any(values), path))
	}
	return found, nil
}

func follow(value any, path []any) any {
	for _, step := range path {
		switch within := value.(type) {
		case map[string]any:
			key, isKey := step.(string)
			if !isKey {
				return nil
			}
			value = within[key]
		case []any:
			at, isPlace := step.(float64)
			if !isPlace || int(at) >= len(within) {
				return nil
			}
			value = within[int(at)]
		default:
			return nil
		}
	}
	return value
}

func said(value any) any {
	switch value.(type) {
	case nil:
		return nil
	case map[string]any, []any:
		return map[string]string{"kind": fmt.Sprintf("%T", value)}
	}
	return fmt.Sprint(value)
}
