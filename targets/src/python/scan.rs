//! Which names a piece of Python source mentions.

use rustc_hash::FxHashSet;

use super::names::Names;

/// The identifiers in the source that stand for a variable: not those in strings and comments (but
/// those in f-strings), behind a dot, or before the `=` of a keyword argument.
///
/// Made for what flowc writes; no raw strings, no nested quotes in f-strings.
pub fn identifiers(source: &str) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    each_identifier(source, &mut |name| {
        found.insert(name);
    });
    found
}

/// Which names of a module its source mentions.
pub struct Mentions {
    /// Those that it has not mentioned yet.
    open: Names,
    found: FxHashSet<&'static str>,
}

impl Mentions {
    /// None yet, of these.
    pub fn of(known: &Names) -> Self {
        Self {
            open: known.clone(),
            found: FxHashSet::default(),
        }
    }

    /// Notes a name, if it is one of the module's.
    pub fn note(&mut self, name: &str) {
        if let Some(name) = self.open.take(name) {
            self.found.insert(name);
        }
    }

    /// Notes the name that `a.b.c` begins with.
    pub fn note_path(&mut self, path: &str) {
        let end = path.bytes().position(|byte| byte == b'.');
        self.note(&path[..end.unwrap_or(path.len())]);
    }

    /// Notes the names in a piece of source.
    pub fn scan(&mut self, source: &str) {
        each_identifier(source, &mut |name| self.note(name));
    }

    /// What was noted.
    pub fn found(self) -> FxHashSet<&'static str> {
        self.found
    }
}

/// Visits what [`identifiers`] finds, each as often as it is there.
pub(super) fn each_identifier<'s>(source: &'s str, visit: &mut impl FnMut(&'s str)) {
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match Start::OF[usize::from(bytes[at])] {
            Start::Nothing => at += 1,
            Start::Comment => at += source[at..].find('\n').unwrap_or(source.len() - at),
            Start::String => at = end_of_string(bytes, at),
            Start::Name => {
                let start = at;
                let rest = bytes[at..].iter();
                let length = rest.take_while(|byte| IN_NAME[usize::from(**byte)]).count();
                at += length;
                let word = &source[start..at];
                if matches!(word, "f") && matches!(bytes.get(at), Some(b'"' | b'\'')) {
                    let end = end_of_string(bytes, at);
                    each_identifier(source.get(at + 1..end - 1).unwrap_or(""), visit);
                    at = end;
                } else if !is_attribute(bytes, start) && !is_keyword_argument(bytes, at) {
                    visit(word);
                }
            }
        }
    }
}

/// What begins with a byte.
#[derive(Clone, Copy)]
enum Start {
    Nothing,
    Comment,
    String,
    Name,
}

impl Start {
    const OF: [Self; 256] = {
        let mut table = [Self::Nothing; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = match byte as u8 {
                b'#' => Self::Comment,
                b'"' | b'\'' => Self::String,
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => Self::Name,
                _ => Self::Nothing,
            };
            byte += 1;
        }
        table
    };
}

/// Which bytes a name may hold.
pub(super) const IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte as u8 == b'_' || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

fn is_attribute(bytes: &[u8], start: usize) -> bool {
    start > 0 && bytes[start - 1] == b'.'
}

/// Assignments and comparisons have a space before their sign.
fn is_keyword_argument(bytes: &[u8], end: usize) -> bool {
    bytes.get(end) == Some(&b'=') && bytes.get(end + 1) != Some(&b'=')
}

/// The position behind the string literal that starts at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let triple = [quote; 3];
    let long = bytes[at..].starts_with(&triple);
    let mut at = at + if long { 3 } else { 1 };
    // Nothing else in a literal matters.
    let next = |at: usize| {
        let rest = bytes.get(at..)?;
        let found = rest
            .iter()
            .position(|byte| *byte == quote || *byte == b'\\')?;
        Some(at + found)
    };
    while let Some(found) = next(at) {
        if bytes[found] == b'\\' {
            at = found + 2;
        } else if !long {
            return found + 1;
        } else if bytes[found..].starts_with(&triple) {
            return found + 3;
        } else {
            at = found + 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_hide_names_and_f_strings_do_not() {
        let found = identifiers(
            "x.y(z=1) if a == 1 else a; a = f\"{b} text\" + 'c' # d\n\"\"\"e \\\"\"\" g\"\"\" + h",
        );
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, ["a", "b", "else", "h", "if", "text", "x"]);
    }
}
