package main

// forTemplate has the type that this version's templates take.
func forTemplate(values Parameters) map[string]string {
	return values
}
