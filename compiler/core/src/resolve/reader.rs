//! A mapping read by its table: known keys, required keys, and what was probably meant.

use std::fmt::Display;

use super::keys::{self, Key, Table};
use super::report::Report;
use crate::checks;
use crate::document::{Entry, Node};
use crate::source::Span;

/// The entries of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'n> {
    /// What may stand in it.
    pub table: &'static Table,
    /// What stands in it.
    pub entries: &'n [Entry<'n>],
    /// The mapping, or what stands where it should.
    pub span: Span,
    /// The marks of all keys in it: a task is asked for thirty, and has five.
    marks: u64,
    /// The key that an unknown key was probably meant to be.
    meant: Option<&'static str>,
}

impl<'n> Reader<'n> {
    /// Reads a node that should be a mapping of this table. Reports unknown and missing keys.
    pub(crate) fn new(
        node: &'n Node<'n>,
        table: &'static Table,
        place: impl Display + Copy,
        report: &mut Report,
    ) -> Option<Self> {
        let Some(entries) = node.mapping() else {
            report.push(checks::type_mismatch::wants(node, place, "a mapping"));
            return None;
        };
        let mut reader = Self {
            table,
            entries,
            span: node.span,
            marks: entries.iter().fold(0, |all, entry| all | mark(&entry.key)),
            meant: None,
        };
        for entry in entries {
            if table.key(&entry.key).is_none() {
                reader.unknown(entry, report);
            }
        }
        for key in table.keys.iter().filter(|key| key.required) {
            reader.require(key.name, place, report);
        }
        Some(reader)
    }

    /// A mapping without entries.
    pub(crate) fn empty(table: &'static Table, span: Span) -> Self {
        Self {
            table,
            entries: &[],
            span,
            marks: 0,
            meant: None,
        }
    }

    /// The value under a key.
    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node<'n>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value under a key that only some tables have.
    pub(crate) fn optional(&self, key: &str) -> Option<&'n Node<'n>> {
        self.table.key(key).and_then(|_| self.get(key))
    }

    /// The entry of a key.
    #[inline]
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry<'n>> {
        debug_assert!(
            self.table.key(key).is_some(),
            "{} holds no `{key}`",
            self.table.what
        );
        if self.marks & mark(key) == 0 {
            return None;
        }
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The entries with their keys, unknown ones left out.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&'static Key, &'n Entry<'n>)> + use<'n> {
        let table = self.table;
        self.entries
            .iter()
            .filter_map(move |entry| Some((table.key(&entry.key)?, entry)))
    }

    /// Whether an unknown key was probably meant to be one of these.
    pub(crate) fn meant_one_of(&self, keys: &[&str]) -> bool {
        self.meant.is_some_and(|meant| keys.contains(&meant))
    }

    /// Reports a missing key, unless an unknown one was probably meant to be it.
    fn require(&self, key: &'static str, place: impl Display, report: &mut Report) {
        if self.entry(key).is_none() && self.meant != Some(key) {
            report.push(checks::missing_key::missing(self.place(), place, key));
        }
    }

    /// Where a problem with the mapping as a whole is shown: at its first key, since a mapping may be
    /// very long.
    pub(crate) fn place(&self) -> Span {
        self.entries
            .first()
            .filter(|entry| entry.key_span.file == self.span.file)
            .map_or(self.span, |entry| entry.key_span)
    }

    fn unknown(&mut self, entry: &Entry, report: &mut Report) {
        let table = self.table;
        let nearest = report.nearest(&entry.key, table.names());
        if let Some(nearest) = nearest {
            self.meant = Some(nearest);
        }
        let elsewhere: Vec<&str> = keys::TABLES
            .iter()
            .filter(|table| table.names().any(|name| name == entry.key))
            .map(|table| table.what)
            .collect();
        report.push(checks::unknown_key::unknown(
            entry,
            table.what,
            table.names(),
            nearest,
            &elsewhere,
        ));
    }
}

/// One bit for a key: keys with different bits differ, as nearly all keys of a task do.
#[inline]
fn mark(key: &str) -> u64 {
    let first = key.bytes().next().unwrap_or_default();
    1 << ((usize::from(first) + 27 * key.len()) % 64)
}
