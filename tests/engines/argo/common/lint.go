package main

// Verdict is what Argo says of one file.
type Verdict struct {
	File   string   `json:"file"`
	Linted bool     `json:"linted"`
	Errors []string `json:"errors"`
}

// lintAll lints every file with a client of its own, so that no file can lean on a template of
// another.
func lintAll(files []string) ([]Verdict, error) {
	verdicts := []Verdict{}
	for _, file := range files {
		linted, errs, err := lintFile(file)
		if err != nil {
			// Argo stops here at YAML that it cannot read.
			errs = append(errs, err)
		}
		verdict := Verdict{File: file, Linted: linted, Errors: []string{}}
		for _, err := range errs {
			verdict.Errors = append(verdict.Errors, err.Error())
		}
		verdicts = append(verdicts, verdict)
	}
	return verdicts, nil
}
