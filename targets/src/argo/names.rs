//! From the names of a flow to names that Argo takes.

use std::borrow::Cow;
use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

/// The longest name of a template or task.
pub(crate) const MAX_NAME: usize = 128;

/// Whether Argo's expression language would not read the word as a task in `depends`.
fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "contains"
            | "else"
            | "false"
            | "if"
            | "in"
            | "let"
            | "matches"
            | "nil"
            | "not"
            | "or"
            | "true"
    )
}

/// The name of a task in its DAG. Argo takes no `_` in names of tasks and templates; the names of
/// a flow hold no `-`, so two names never become one.
pub(crate) fn task(name: &str) -> Cow<'_, str> {
    if is_reserved(name) {
        return format!("{name}-task").into();
    }
    if name.bytes().any(|byte| byte == b'_') {
        return dashed(name).into();
    }
    name.into()
}

/// The name with dashes for what Argo does not take in names.
pub(crate) fn dashed(name: &str) -> String {
    let mut bytes = name.as_bytes().to_vec();
    for byte in &mut bytes {
        *byte = if matches!(byte, b'_' | b'.') {
            b'-'
        } else {
            *byte
        };
    }
    // One ASCII character for another: what was UTF-8 still is.
    String::from_utf8(bytes).unwrap_or_default()
}

/// `tasks.a`, or `tasks["a-b"]` where the name is no word.
pub(crate) fn task_code(name: &str) -> String {
    member("tasks", &task(name))
}

/// `base.name`, or `base["na-me"]` where the name is no word.
pub(crate) fn member(base: &str, name: &str) -> String {
    let [open, close] = around(name);
    joined([base, open, name, close])
}

/// A tag that is replaced by the value of an input.
pub(crate) fn input_tag(name: &str) -> String {
    let [open, close] = around(name);
    joined(["{{=inputs.parameters", open, name, close, "}}"])
}

/// `tasks.a.outputs.parameters.b`, of the output of a task.
pub(crate) fn output_code(task: &str, output: &str) -> String {
    let task = self::task(task);
    let [open, close] = around(&task);
    let [before, behind] = around(output);
    joined([
        "tasks",
        open,
        &task,
        close,
        ".outputs.parameters",
        before,
        output,
        behind,
    ])
}

/// Some texts, one behind the other. Each task has several of these, and to be told how many they are makes
/// this quicker than `concat`.
pub(crate) fn joined<const N: usize>(parts: [&str; N]) -> String {
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        text.push_str(part);
    }
    text
}

/// What stands around a name that is a member.
fn around(name: &str) -> [&'static str; 2] {
    if is_word(name) {
        [".", ""]
    } else {
        ["[\"", "\"]"]
    }
}

/// The same with `?.`, so that an absent base gives nil.
pub(crate) fn optional_member(base: &str, name: &str) -> String {
    if is_word(name) {
        format!("{base}?.{name}")
    } else {
        format!("{base}?.[\"{name}\"]")
    }
}

/// Whether a name can follow a dot in Argo's expression language.
pub(crate) fn is_word(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !is_reserved(name)
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Names that are given out once each.
#[derive(Debug, Default)]
pub(crate) struct Unique<'f> {
    taken: HashSet<Cow<'f, str>, FxBuildHasher>,
}

impl<'f> Unique<'f> {
    /// None, with room for so many.
    pub(crate) fn with_room(names: usize) -> Self {
        Self {
            taken: HashSet::with_capacity_and_hasher(names, FxBuildHasher),
        }
    }

    /// The wanted name, or the wanted name with the first free number.
    pub(crate) fn take(&mut self, wanted: Cow<'f, str>, separator: char) -> Cow<'f, str> {
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        let mut number = 2_u32;
        loop {
            let name = Cow::from(format!("{wanted}{separator}{number}"));
            if self.taken.insert(name.clone()) {
                return name;
            }
            number += 1;
        }
    }
}

/// A name cut so that it fits, with a digest of the whole in place of what is cut.
pub(crate) fn fit(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.len() <= MAX_NAME {
        return name;
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    let keep = name
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|at| *at <= MAX_NAME - 9)
        .last()
        .unwrap_or(0);
    format!("{}-{}", &name[..keep], &digest[..8]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underscores_become_dashes_and_words_of_the_language_are_avoided() {
        assert_eq!(task("fit_a"), "fit-a");
        assert_eq!(task("in"), "in-task");
        assert_eq!(task_code("fit_a"), "tasks[\"fit-a\"]");
        assert_eq!(task_code("fit"), "tasks.fit");
    }

    #[test]
    fn a_name_is_given_out_once() {
        let mut names = Unique::default();
        assert_eq!(names.take("a".into(), '-'), "a");
        assert_eq!(names.take("a".into(), '-'), "a-2");
        assert_eq!(names.take("a".into(), '-'), "a-3");
    }

    #[test]
    fn a_long_name_is_cut_to_fit() {
        let name = fit("a".repeat(300).into());
        assert_eq!(name.len(), MAX_NAME);
        assert_ne!(name, fit("a".repeat(301).into()));
    }
}
