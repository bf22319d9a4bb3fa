//! The entries of a mapping: merge keys applied, duplicates reported and dropped.

use std::collections::HashSet;
use std::collections::hash_map::Entry as MapEntry;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::diagnostic::Diagnostics;
use crate::source::Span;

use super::{Entry, Node, report};

/// Mappings of more entries keep the room that they were read into.
const MANY: usize = 64;

/// A mapping while it is read.
pub(super) struct Written<'t> {
    pub(super) entries: Vec<Entry<'t>>,
    /// What merge keys bring in: before which entry each one stands, its key, its value.
    pub(super) merges: Vec<(usize, Span, Node<'t>)>,
}

impl<'t> Written<'t> {
    /// What the mapping holds in the end, which is moved out of here. A merge key's entries stand where the key stood.
    pub(super) fn resolve(&mut self, diagnostics: &mut Diagnostics) -> Vec<Entry<'t>> {
        let Self { entries, merges } = self;
        let merge_at = merges.first().map_or(0, |(at, ..)| *at);
        let dropped = drop_duplicates(entries, merge_at, diagnostics);
        for pair in merges.windows(2) {
            diagnostics.push(report::duplicate_key("<<", pair[0].1, pair[1].1));
        }
        if let Some((at, _, value)) = merges.first() {
            let merged = merged(value, entries, diagnostics);
            entries.splice(at - dropped..at - dropped, merged);
        }
        if entries.len() > MANY {
            return std::mem::take(entries);
        }
        // Most mappings are small, and there are very many: each gets just the room that it needs, and
        // the next one is read into the room that is here.
        let mut all = Vec::with_capacity(entries.len());
        all.append(entries);
        all
    }
}

/// Drops the later ones of equal keys; says how many of them stood before `before`.
fn drop_duplicates(
    entries: &mut Vec<Entry<'_>>,
    before: usize,
    diagnostics: &mut Diagnostics,
) -> usize {
    let duplicates = duplicates(entries);
    if duplicates.is_empty() {
        return 0;
    }
    for (first, second) in &duplicates {
        let (first, second) = (&entries[*first], &entries[*second]);
        diagnostics.push(report::duplicate_key(
            &second.key,
            first.key_span,
            second.key_span,
        ));
    }
    let mut dropped = duplicates.iter().map(|(_, second)| *second).peekable();
    let mut place = 0;
    entries.retain(|_| {
        let keep = dropped.next_if_eq(&place).is_none();
        place += 1;
        keep
    });
    duplicates
        .iter()
        .filter(|(_, second)| *second < before)
        .count()
}

/// What a merge key brings in: entries that the mapping does not have itself.
fn merged<'t>(
    value: &Node<'t>,
    own: &[Entry<'t>],
    diagnostics: &mut Diagnostics,
) -> Vec<Entry<'t>> {
    let sources = match value.sequence() {
        Some(nodes) => nodes,
        None => std::slice::from_ref(value),
    };
    let mut present: HashSet<&str> = own.iter().map(|entry| entry.key.as_ref()).collect();
    let mut merged = Vec::new();
    for source in sources {
        let Some(entries) = source.mapping() else {
            diagnostics.push(report::bad_merge(source));
            continue;
        };
        let new = entries.iter().filter(|entry| present.insert(&entry.key));
        merged.extend(new.cloned());
    }
    merged
}

/// Pairs of places with the same key: the first one, and each later one, ascending.
fn duplicates(entries: &[Entry]) -> Vec<(usize, usize)> {
    const FEW: usize = 12;
    if entries.len() <= FEW {
        return (1..entries.len())
            .filter_map(|second| {
                let key = &entries[second].key;
                let first = entries[..second]
                    .iter()
                    .position(|entry| entry.key == *key)?;
                Some((first, second))
            })
            .collect();
    }
    let mut first_places: FxHashMap<&str, usize> =
        FxHashMap::with_capacity_and_hasher(entries.len(), FxBuildHasher);
    let mut found = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        match first_places.entry(&entry.key) {
            MapEntry::Occupied(first) => found.push((*first.get(), place)),
            MapEntry::Vacant(vacant) => {
                vacant.insert(place);
            }
        }
    }
    found
}
