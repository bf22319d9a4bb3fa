// Reads documents of YAML with both of Go's usual readers.
//
//	program DOCUMENTS.json
//
// DOCUMENTS.json is a list of texts. The answer is a JSON object: reader to a list, in the same
// order, of {"value": …} or {"error": "…"}.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	yaml3 "gopkg.in/yaml.v3"
	kubernetes "sigs.k8s.io/yaml"
)

type answer struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var documents []string
	if err := json.Unmarshal(data, &documents); err != nil {
		return err
	}
	answers := map[string][]answer{}
	for name, read := range map[string]func([]byte) (any, error){
		"sigs.k8s.io/yaml": readKubernetes,
		"yaml.v3":          readYaml3,
	} {
		for _, document := range documents {
			value, err := read([]byte(document))
			one := answer{Value: value}
			if err != nil {
				one = answer{Error: err.Error()}
			}
			answers[name] = append(answers[name], one)
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(answers)
}

func readKubernetes(text []byte) (any, error) {
	var value any
	err := kubernetes.UnmarshalStrict(text, &value)
	return value, err
}

func readYaml3(text []byte) (any, error) {
	var value any
	err := yaml3.Unmarshal(text, &value)
	return value, err
}
