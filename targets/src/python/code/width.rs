//! How many columns an expression needs.

use super::Code;

impl Code<'_> {
    /// Whether it is of so many parts that a glance at them is less than to write them in vain.
    pub(super) fn is_large(&self) -> bool {
        match self {
            Self::Call(_, arguments) => arguments.len() > 2,
            Self::List(list) | Self::Set(list) => list.len() > 2,
            Self::Dict(fields) => fields.len() > 1,
            _ => false,
        }
    }

    /// What is left of so many columns behind the expression on one line, judged by its texts alone: there
    /// may be less. Nothing when it does not fit.
    pub(super) fn columns_behind(&self, columns: usize) -> Option<usize> {
        let of_all = |codes: &[Self], separator| {
            codes.iter().try_fold(columns, |columns, code| {
                code.columns_behind(columns.checked_sub(separator)?)
            })
        };
        match self {
            Self::Atom(text) | Self::Name(text) => columns.checked_sub(least_width(text)),
            Self::String(text) => columns.checked_sub("\"\"".len() + least_width(text)),
            Self::Block(_) => None,
            Self::Call(function, arguments) => {
                let columns = columns.checked_sub(function.len());
                arguments.iter().try_fold(columns?, |columns, argument| {
                    let name = argument.name.map_or(0, |name| name.len() + "=".len());
                    let columns = columns.checked_sub(name + ", ".len())?;
                    argument.value.columns_behind(columns)
                })
            }
            Self::List(list) | Self::Set(list) => of_all(list, ", ".len()),
            Self::Chain(list) | Self::Operation(_, list) => of_all(list, 0),
            Self::Dict(fields) => fields.iter().try_fold(columns, |columns, (key, code)| {
                let key = "\"\": , ".len() + least_width(key);
                code.columns_behind(columns.checked_sub(key)?)
            }),
            // Rare, or small.
            _ => Some(columns),
        }
    }
}

/// The characters of a line, counted as `ruff format` does for what flowc writes.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars()
        .map(|c| if is_wide(c) { 2 } else { 1 })
        .sum::<usize>()
}

/// No fewer columns than these, however its characters are written.
fn least_width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// East Asian wide characters and emoji take two columns.
fn is_wide(c: char) -> bool {
    matches!(c as u32,
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF | 0x1F900..=0x1F9FF | 0x20000..=0x3FFFD)
}
