//! Characters that cannot stand in YAML.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// How many bad characters are reported; a binary file has no use for more.
const MOST_REPORTED: usize = 5;

/// Reports control characters and the like; says whether there are none.
pub(super) fn check(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> bool {
    const CHUNK: usize = 256;
    let bytes = text.as_bytes();
    let mut reported = 0;
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        // One pass without branches finds the rare chunk that is worth a closer look.
        let suspicious = chunk.iter().fold(false, |found, byte| {
            found
                | (*byte < 0x20) & !matches!(*byte, b'\t' | b'\n' | b'\r')
                | matches!(*byte, 0x7f | 0xc2 | 0xef)
        });
        if !suspicious {
            continue;
        }
        let start = ceil_boundary(text, index * CHUNK);
        let end = ceil_boundary(text, (index * CHUNK + CHUNK).min(bytes.len()));
        for (at, character) in text[start..end].char_indices() {
            if is_printable(character) || (start + at == 0 && character == '\u{feff}') {
                continue;
            }
            reported += 1;
            if reported > MOST_REPORTED {
                return false;
            }
            let at = start + at;
            let span = Span::new(file, at..at + character.len_utf8());
            diagnostics.push(unprintable(span, character));
        }
    }
    reported == 0
}

fn ceil_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// YAML's `c-printable`.
fn is_printable(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10ffff}'
    )
}

fn unprintable(span: Span, character: char) -> Diagnostic {
    let code = u32::from(character);
    let diagnostic = |name: &str| {
        Diagnostic::error(
            "invalid-yaml",
            span,
            format!("the {name} U+{code:04X} cannot stand in YAML"),
        )
    };
    match character {
        '\0' => diagnostic("null character").help("remove it; no value of a flow can hold it"),
        '\u{fffe}' | '\u{ffff}' => diagnostic("character").help("remove it"),
        _ => diagnostic("control character").help(if code < 0x100 {
            format!("remove it, or write `\\x{code:02x}` in double-quoted text")
        } else {
            format!("remove it, or write `\\u{code:04x}` in double-quoted text")
        }),
    }
}
