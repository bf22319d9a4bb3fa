package main

// forTemplate has the type that this version's templates take.
func forTemplate(values Parameters) map[string]any {
	untyped := map[string]any{}
	for name, value := range values {
		untyped[name] = value
	}
	return untyped
}
