//! Names of Python variables.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::names::Names;
use super::scan::IN_NAME;

/// A text that is a Python identifier and no keyword.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(String);

impl Identifier {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Identifier> for String {
    fn from(name: Identifier) -> Self {
        name.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is an ASCII identifier and no keyword.
pub fn is_identifier(text: &str) -> bool {
    has_form_of_name(text) && !IS_KEYWORD.contains(text)
}

/// Whether a variable of this name would hide a builtin.
pub fn is_reserved(text: &str) -> bool {
    IS_BUILTIN.contains(text)
}

fn has_form_of_name(text: &str) -> bool {
    let in_name = |byte: u8| IN_NAME[usize::from(byte)];
    text.bytes().all(in_name) && text.starts_with(|c: char| !c.is_ascii_digit())
}

static IS_KEYWORD: LazyLock<Names> = LazyLock::new(|| KEYWORDS.into_iter().collect());
static IS_BUILTIN: LazyLock<Names> = LazyLock::new(|| BUILTINS.into_iter().collect());

/// The variables of one name space. Every name is given out once.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    taken: FxHashSet<Cow<'a, str>>,
    /// More names that are taken, shared by many scopes.
    around: Option<&'static Names>,
}

impl<'a> Scope<'a> {
    /// A scope in which some names are taken, beside keywords and builtins.
    pub fn new<N: Into<Cow<'a, str>>>(taken: impl IntoIterator<Item = N>) -> Self {
        Self {
            taken: taken.into_iter().map(Into::into).collect(),
            around: None,
        }
    }

    /// The same where these names are taken too.
    #[must_use]
    pub fn beside(mut self, names: &'static Names) -> Self {
        self.around = Some(names);
        self
    }

    /// The first of the wished names that is free, or else the last with underscores behind it.
    pub fn take(&mut self, wishes: &[&str]) -> Identifier {
        if let Some(name) = wishes.iter().find(|name| self.is_free(name)) {
            return self.give((*name).to_owned());
        }
        let mut name: String = wishes
            .last()
            .unwrap_or(&"_")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            name.insert(0, '_');
        }
        while !self.is_free(&name) {
            name.push('_');
        }
        self.give(name)
    }

    /// The name, if it is free.
    pub fn take_free(&mut self, name: &'a str) -> Option<Identifier> {
        self.claim(name).then(|| Identifier(name.to_owned()))
    }

    /// Takes the name, if it is free; says whether it was.
    pub fn claim(&mut self, name: &'a str) -> bool {
        self.may_be_given(name) && self.taken.insert(name.into())
    }

    fn is_free(&self, name: &str) -> bool {
        self.may_be_given(name) && !self.taken.contains(name)
    }

    /// Whether a name is free, as far as that is known without those that were given out.
    fn may_be_given(&self, name: &str) -> bool {
        has_form_of_name(name)
            && !IS_KEYWORD.contains(name)
            && !IS_BUILTIN.contains(name)
            && !self.around.is_some_and(|names| names.contains(name))
    }

    fn give(&mut self, name: String) -> Identifier {
        self.taken.insert(name.clone().into());
        Identifier(name)
    }
}

/// Soft keywords are fine as names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Those in lower case, as our names are.
const BUILTINS: [&str; 71] = [
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_hide_nothing() {
        let mut scope = Scope::new(["json"]);
        assert_eq!(scope.take(&["train"]).as_str(), "train");
        assert_eq!(scope.take(&["train", "load_train"]).as_str(), "load_train");
        assert_eq!(scope.take(&["import"]).as_str(), "import_");
        assert_eq!(scope.take(&["json"]).as_str(), "json_");
        assert_eq!(scope.take(&["max"]).as_str(), "max_");
        assert_eq!(scope.take(&["max"]).as_str(), "max__");
    }
}
