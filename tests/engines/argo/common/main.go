// Argo's own judgement of workflow files, with no cluster.
//
//	argo-check lint FILE...      each file by itself, as `argo lint --offline --strict` does
//	argo-check render JOBS.json  what the processes of a run would be given
//
// Both print JSON on standard output. They exit with 0 when they could look at everything,
// whatever they saw.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: argo-check lint FILE... | argo-check render JOBS.json"))
	}
	var answer any
	var err error
	switch os.Args[1] {
	case "lint":
		answer, err = lintAll(os.Args[2:])
	case "render":
		answer, err = renderAll(os.Args[2])
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(answer); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "argo-check:", err)
	os.Exit(2)
}
