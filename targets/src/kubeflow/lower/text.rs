//! Text on its way to a process.
//!
//! An argument of a container passes Kubernetes, which reads `$$` and `$(NAME)`, and the launcher of
//! Kubeflow, which reads `{{$…}}`. Text that holds such a thing is written with backslash escapes,
//! which the runner takes back.

/// Whether something on the way would change this text.
pub(super) fn is_read(text: &str) -> bool {
    let bytes = text.as_bytes();
    let followed = |at: usize, byte| bytes.get(at + 1) == Some(&byte);
    let mut may_name = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if followed(at, b'{') => return true,
            b'$' if followed(at, b'$') => return true,
            b'$' => may_name |= followed(at, b'('),
            _ => {}
        }
    }
    may_name && names(text).next().is_some()
}

/// The text with backslash escapes, in which nothing is read on the way.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut after_dollar = names(text).collect::<Vec<_>>().into_iter().peekable();
    for (at, character) in text.char_indices() {
        let names_next = after_dollar.next_if(|name| *name == at).is_some();
        match character {
            '\\' => out.push_str("\\\\"),
            '{' if before == '{' => out.push_str("\\0173"),
            '$' if names_next || before == '$' || text[at + 1..].starts_with('$') => {
                out.push_str("\\0044");
            }
            other => out.push(other),
        }
        before = character;
    }
    out
}

/// Where Kubernetes would look up a variable: the `$` of every `$(NAME)`, names as containers have.
fn names(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices("$(").filter_map(|(at, _)| {
        let rest = &text[at + 2..];
        let name = &rest[..rest.find(')')?];
        let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::{escaped, is_read};

    #[test]
    fn only_what_something_reads_is_escaped() {
        for text in [
            "$(date)",
            "$((1 + 2))",
            "${HOME}",
            "{ {",
            "a\\b",
            "}}",
            "$HOME $",
        ] {
            assert!(!is_read(text), "{text}");
        }
        for (text, expected) in [
            ("{{$}}", "{\\0173$}}"),
            ("{{{", "{\\0173\\0173"),
            ("$$x", "\\0044\\0044x"),
            ("$(HOME) $(date) \\", "\\0044(HOME) $(date) \\\\"),
        ] {
            assert!(is_read(text), "{text}");
            assert_eq!(escaped(text), expected);
        }
    }
}
