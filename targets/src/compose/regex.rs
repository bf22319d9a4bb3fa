//! Patterns as the extended regular expressions that every awk knows, over the bytes of UTF-8.
//!
//! No counted repetition, no class of characters by name, nothing that depends on a locale: only bytes, sets
//! of bytes, `|`, `*`, `+`, `?` and parentheses. What cannot be said so is refused.

use flowc_core::expr::pattern::Pattern;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use regex_syntax::utf8::{Utf8Range, Utf8Sequences};

/// Longer expressions are refused: counted repetitions are written out.
const LONGEST: usize = 4_000;

const TOO_LONG: &str = "it is too long when its repetitions are written out";

/// The pattern for `~`, found in exactly the texts in which the pattern of the language is found.
///
/// # Errors
/// What is wrong with it, or what awk has no means for.
pub(super) fn awk(pattern: &str) -> Result<Vec<u8>, String> {
    let pattern = Pattern::new(pattern).map_err(|invalid| invalid.message)?;
    let hir = regex_syntax::parse(pattern.rust()).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    write(&hir, &mut out)?;
    Ok(out)
}

fn write(hir: &Hir, out: &mut Vec<u8>) -> Result<(), String> {
    if out.len() > LONGEST {
        return Err(TOO_LONG.into());
    }
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|byte| one(*byte, out)),
        HirKind::Class(class) => write_class(class, out),
        HirKind::Look(Look::Start) => out.push(b'^'),
        HirKind::Look(Look::End) => out.push(b'$'),
        HirKind::Look(_) => return Err("`\\b` looks at what is beside a position".into()),
        HirKind::Capture(capture) => write(&capture.sub, out)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, out)?;
            }
        }
        HirKind::Alternation(parts) => {
            let mut written: Vec<Vec<u8>> = Vec::new();
            for part in parts {
                let mut one = Vec::new();
                write(part, &mut one)?;
                written.push(one);
            }
            let all = written.len();
            written.retain(|part| !part.is_empty());
            if !written.is_empty() {
                out.push(b'(');
                out.extend(written.join(&b'|'));
                out.push(b')');
                if written.len() < all {
                    out.push(b'?');
                }
            }
        }
        HirKind::Repetition(repetition) => {
            let mut part = Vec::new();
            write(&repetition.sub, &mut part)?;
            if part.is_empty() {
                return Ok(());
            }
            if part.len() > 1 && !matches!(repetition.sub.kind(), HirKind::Class(_)) {
                part.insert(0, b'(');
                part.push(b')');
            }
            repeat(
                &part,
                repetition.min as usize,
                repetition.max.map(|max| max as usize),
                out,
            )?;
        }
    }
    Ok(())
}

fn repeat(part: &[u8], min: usize, max: Option<usize>, out: &mut Vec<u8>) -> Result<(), String> {
    if out.len() + part.len() * min.max(max.unwrap_or(0)) > LONGEST {
        return Err(TOO_LONG.into());
    }
    for _ in 0..min {
        out.extend(part);
    }
    match max {
        None if min == 0 => {
            out.extend(part);
            out.push(b'*');
        }
        None => out.push(b'+'),
        Some(max) if max == min + 1 => {
            out.extend(part);
            out.push(b'?');
        }
        Some(max) => {
            // a(a(a)?)? rather than a?a?a?, for which some engines take very long.
            for _ in min..max {
                out.push(b'(');
                out.extend(part);
            }
            for _ in min..max {
                out.extend(b")?");
            }
        }
    }
    Ok(())
}

fn write_class(class: &Class, out: &mut Vec<u8>) {
    match class {
        Class::Bytes(class) => {
            let ranges: Vec<(u8, u8)> = class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()))
                .collect();
            set(&ranges, out);
        }
        Class::Unicode(class) => {
            let mut ascii = Vec::new();
            let mut others: Vec<Vec<Utf8Range>> = Vec::new();
            for range in class.ranges() {
                for sequence in Utf8Sequences::new(range.start(), range.end()) {
                    match sequence.as_slice() {
                        [one] => ascii.push((one.start, one.end)),
                        several => others.push(several.to_vec()),
                    }
                }
            }
            if others.is_empty() {
                return set(&ascii, out);
            }
            let mut written: Vec<Vec<u8>> = Vec::new();
            if !ascii.is_empty() {
                let mut one = Vec::new();
                set(&ascii, &mut one);
                written.push(one);
            }
            for sequence in others {
                let mut one = Vec::new();
                for range in sequence {
                    set(&[(range.start, range.end)], &mut one);
                }
                written.push(one);
            }
            out.push(b'(');
            out.extend(written.join(&b'|'));
            out.push(b')');
        }
    }
}

/// A set of bytes. Texts hold no NUL, and awk's strings could not say it.
fn set(ranges: &[(u8, u8)], out: &mut Vec<u8>) {
    const SPECIAL: &[u8] = b"]\\^[-";
    let mut plain: Vec<(u8, u8)> = Vec::new();
    let mut special: Vec<u8> = Vec::new();
    for (start, end) in ranges {
        let (mut start, mut end) = ((*start).max(1), *end);
        // What has a meaning in brackets stands alone, never at the end of a range.
        while start <= end && SPECIAL.contains(&start) {
            special.push(start);
            start += 1;
        }
        while end > start && SPECIAL.contains(&end) {
            special.push(end);
            end -= 1;
        }
        if start <= end {
            plain.push((start, end));
        }
    }
    match (plain.as_slice(), special.as_slice()) {
        // Nothing: a byte that no text holds.
        ([], []) => return out.extend(b"[\xff]"),
        ([(start, end)], []) if start == end => return one(*start, out),
        ([], [only]) => return one(*only, out),
        _ => {}
    }
    let start_of_set = out.len();
    out.push(b'[');
    let has = |byte: u8| special.contains(&byte);
    if has(b']') {
        out.push(b']');
    }
    for (start, end) in plain {
        out.push(start);
        if end > start {
            if end > start + 1 {
                out.push(b'-');
            }
            out.push(end);
        }
    }
    if has(b'\\') {
        out.extend(b"\\\\");
    }
    // `[` not before `.`, `:` or `=`; `^` not first; `-` last. Of `^` and `-` alone, `-` may be first.
    if has(b'[') {
        out.push(b'[');
    }
    let alone = out.last() == Some(&b'[') && out.len() == start_of_set + 1;
    if has(b'-') && alone {
        out.push(b'-');
    }
    if has(b'^') {
        out.push(b'^');
    }
    if has(b'-') && !alone {
        out.push(b'-');
    }
    out.push(b']');
}

/// One byte that stands for itself.
fn one(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b']' => out.extend(b"[]]"),
        b'.' | b'[' | b'(' | b')' | b'*' | b'+' | b'?' | b'{' | b'}' | b'|' | b'^' | b'$'
        | b'\\' => {
            out.extend([b'\\', byte]);
        }
        _ => out.push(byte),
    }
}
