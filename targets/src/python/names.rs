//! Sets of names that are asked, mostly, for names that they do not hold.

use rustc_hash::FxHashSet;

const LETTERS: usize = 128;

/// A set of names. Most of those that it does not hold it knows by their length, first and last letter.
#[derive(Clone, Debug)]
pub struct Names {
    names: FxHashSet<&'static str>,
    /// By first and last letter, which lengths its names have: a bit for each.
    lengths: [u64; LETTERS],
}

impl Names {
    /// Whether this is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.may_hold(name) && self.names.contains(name)
    }

    /// Takes a name out, if it is one of them.
    pub fn take(&mut self, name: &str) -> Option<&'static str> {
        if !self.may_hold(name) {
            return None;
        }
        let found = self.names.take(name)?;
        self.lengths = lengths(&self.names);
        Some(found)
    }

    fn may_hold(&self, name: &str) -> bool {
        self.lengths[letters(name)] & length(name) != 0
    }
}

impl FromIterator<&'static str> for Names {
    fn from_iter<I: IntoIterator<Item = &'static str>>(names: I) -> Self {
        let names = names.into_iter().collect();
        Self {
            lengths: lengths(&names),
            names,
        }
    }
}

fn lengths(names: &FxHashSet<&str>) -> [u64; LETTERS] {
    let mut lengths = [0; LETTERS];
    for name in names {
        lengths[letters(name)] |= length(name);
    }
    lengths
}

/// A number for the first and the last letter of a name. Others may share it.
fn letters(name: &str) -> usize {
    match name.as_bytes() {
        [first, .., last] => (usize::from(*first) + 2 * usize::from(*last)) % LETTERS,
        _ => 0,
    }
}

/// The bit of its length; all long names have the same.
fn length(name: &str) -> u64 {
    1 << name.len().min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_its_names_until_they_are_taken() {
        let mut names = Names::from_iter(["json", "Path", "path", "x"]);
        assert!(names.contains("json") && names.contains("Path") && names.contains("x"));
        assert!(!names.contains("jsom") && !names.contains("") && !names.contains("é"));
        assert_eq!(names.take("path"), Some("path"));
        assert_eq!(names.take("path"), None);
        assert!(names.contains("Path"));
    }
}
