//! Entries by key, in the order in which they were put.

use std::borrow::Borrow;
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// A list of so many entries is searched as quickly as a table of them, and costs less to make.
const FEW: usize = 8;

/// Entries by key, of which the order counts when two tables are compared. Nearly all are small; where
/// there are many entries, places are kept to find them.
#[derive(Clone, Debug)]
pub(super) struct Table<K, V> {
    entries: Vec<(K, V)>,
    /// Empty while there are few entries.
    places: FxHashMap<K, usize>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            places: FxHashMap::default(),
        }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K, V> Table<K, V> {
    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The entries, to change their values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let entries = self.entries.iter_mut();
        entries.map(|(key, value)| (&*key, value))
    }
}

impl<K: Clone + Eq + Hash, V> Table<K, V> {
    fn place<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        if self.places.is_empty() {
            self.keys().position(|known| known.borrow() == key)
        } else {
            self.places.get(key).copied()
        }
    }

    /// The value of a key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).map(|place| &self.entries[place].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(key).map(|place| &mut self.entries[place].1)
    }

    /// Whether there is an entry of this key.
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_some()
    }

    /// Puts an entry at the end, or in the place of the one that has the key; says whether it is a new one.
    pub fn insert(&mut self, key: K, value: V) -> bool {
        if let Some(known) = self.get_mut(&key) {
            *known = value;
            return false;
        }
        let place = self.entries.len();
        if !self.places.is_empty() {
            self.places.insert(key.clone(), place);
        }
        self.entries.push((key, value));
        if place == FEW {
            self.find_places();
        }
        true
    }

    /// Puts an entry before all others, and takes out the one that has the key.
    pub fn insert_first(&mut self, key: K, value: V) {
        self.entries.retain(|(known, _)| *known != key);
        self.entries.insert(0, (key, value));
        self.find_places();
    }

    /// Keeps only the entries for which this holds.
    pub fn retain(&mut self, keeps: impl Fn(&K) -> bool) {
        self.entries.retain(|(key, _)| keeps(key));
        self.find_places();
    }

    fn find_places(&mut self) {
        self.places.clear();
        if self.entries.len() > FEW {
            let keys = self.entries.iter().map(|(key, _)| key.clone());
            self.places.extend(keys.zip(0..));
        }
    }
}

impl<K: Clone + Eq + Hash, V> Extend<(K, V)> for Table<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K, V> IntoIterator for Table<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn few_and_many_entries_are_found_kept_and_put_in_order() {
        for count in [3_usize, 8, 9, 40] {
            let mut table: Table<String, usize> = Table::default();
            for number in 1..count {
                assert!(table.insert(number.to_string(), number));
            }
            assert!(!table.insert("1".into(), 100));
            table.insert_first("0".into(), 0);
            assert_eq!(table.get("1"), Some(&100));
            assert_eq!(table.get("0"), Some(&0));
            assert!(!table.contains_key(&count.to_string()));
            let keys: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            assert!(table.keys().eq(&keys));
            table.retain(|key| key != "1");
            assert!(!table.contains_key("1"));
            let last = (count - 1).to_string();
            assert_eq!(table.get_mut(&last).copied(), Some(count - 1));
        }
    }
}
