package main

import "strings"

// expand does to a command element or a variable's value what the kubelet does: `$(NAME)` becomes
// the value of a variable defined before, `$$` becomes `$`, anything else stays as it is.
func expand(text string, env map[string]string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) {
			out.WriteByte(text[i])
			continue
		}
		switch text[i+1] {
		case '$':
			out.WriteByte('$')
			i++
		case '(':
			end := strings.IndexByte(text[i+2:], ')')
			if end < 0 {
				out.WriteByte('$')
				continue
			}
			name := text[i+2 : i+2+end]
			value, defined := env[name]
			if !defined {
				value = "$(" + name + ")"
			}
			out.WriteString(value)
			i += 2 + end
		default:
			out.WriteByte('$')
		}
	}
	return out.String()
}

func expandAll(texts []string, env map[string]string) []string {
	expanded := []string{}
	for _, text := range texts {
		expanded = append(expanded, expand(text, env))
	}
	return expanded
}
