//! The one place where text is written so that Argo and Kubernetes leave it alone.
//!
//! Argo replaces `{{…}}` in every text of a workflow, again and again, and has no escape for it.
//! Kubernetes, afterwards, reads `$$` and `$(NAME)` in environment values, commands and arguments.
//! So text for a process is written for Kubernetes: `$` doubled, and the second brace of every
//! `{{` taken from the variable `FLOWC_BRACE`. What Argo sees holds no tag; what the process sees
//! is the text.

use std::borrow::Cow;

use super::names::joined;

/// The variable that holds one opening brace.
pub(crate) const BRACE_VARIABLE: &str = "FLOWC_BRACE";

/// How that variable is written in a text.
const BRACE: &str = "$(FLOWC_BRACE)";

/// What stands beside a literal piece of a longer text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Neighbours {
    /// A computed text ends right before the piece.
    pub(crate) before: bool,
    /// A computed text starts right after the piece.
    pub(crate) after: bool,
}

/// A literal for an environment value, a command or an argument of a container in which
/// `defined` tells the names of variables. Text that nothing would touch stays as it is, so
/// scripts stay readable.
pub(crate) fn literal<'t>(
    text: &'t str,
    beside: Neighbours,
    defined: &dyn Fn(&str) -> bool,
) -> Cow<'t, str> {
    if !text.bytes().any(|byte| matches!(byte, b'{' | b'$')) {
        return Cow::Borrowed(text);
    }
    // A brace or dollar at the edge could make a pair with the first or last one of a neighbour.
    let opens = beside.before && text.starts_with('{');
    let closes = beside.after && text.ends_with('{');
    let open_dollar = beside.after && text.ends_with('$');
    if !(has_tag(text) || opens || closes || open_dollar || expands(text, beside.after, defined)) {
        return Cow::Borrowed(text);
    }
    let mut out = text.replace('$', "$$").replace("{{", "{$(FLOWC_BRACE)");
    if closes && out.ends_with('{') {
        out.pop();
        out.push_str(BRACE);
    }
    if opens && out.starts_with('{') {
        out.replace_range(..1, BRACE);
    }
    Cow::Owned(out)
}

/// Whether a written text needs [`BRACE_VARIABLE`] in its container.
pub(crate) fn needs_brace(written: &str) -> bool {
    written.as_bytes().contains(&b'(') && written.contains(BRACE)
}

/// The same escape as an Argo expression over a text that is known when the flow runs.
pub(crate) fn dynamic(code: &str) -> String {
    let behind = r#", "$", "$$"), "{" + "{", "{$(FLOWC_BRACE)")"#;
    joined(["replace(replace(", code, behind])
}

/// Whether Argo would look for a tag in the text.
pub(crate) fn has_tag(text: &str) -> bool {
    // Nearly no text holds a brace, and one byte is found sooner than two.
    text.as_bytes().contains(&b'{') && text.contains("{{")
}

/// Whether Kubernetes would change the text: the walk that the kubelet does, without the change.
/// What follows an open `$(` may close it.
fn expands(text: &str, followed: bool, defined: &dyn Fn(&str) -> bool) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Scripts are short, and dollars stand close together in them.
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'$') {
        let next = at + found + 1;
        match bytes.get(next) {
            Some(b'$') => return true,
            Some(b'(') => match text[next..].find(')') {
                Some(end) => {
                    if is_variable(&text[next + 1..next + end], defined) {
                        return true;
                    }
                    at = next + end + 1;
                }
                None if followed => return true,
                None => at = next + 1,
            },
            // The byte after the dollar is taken with it; it may start a longer character.
            Some(_) => {
                at = next + text[next..].chars().next().map_or(1, char::len_utf8);
            }
            None => return false,
        }
    }
    false
}

/// A variable of the container, or one of those that Kubernetes adds for services.
fn is_variable(name: &str, defined: &dyn Fn(&str) -> bool) -> bool {
    let like_a_service = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    like_a_service || defined(name)
}

#[cfg(test)]
mod tests;
