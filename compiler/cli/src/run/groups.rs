//! Concurrency groups that the runs of a project share: `.flowc/concurrency/GROUP/`, a file for each place.
//!
//! Who has a place has locked its file, so that a place is free when the process that had it has ended, however it
//! ended. `lock` is held while places are counted.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use flowc_core::run::PlaceId;

/// How often those who wait look again.
pub const POLL: Duration = Duration::from_millis(200);

/// The groups of a project, and the places in them that this run has.
#[derive(Debug)]
pub struct Groups {
    folder: PathBuf,
    held: HashMap<PlaceId, Place>,
    waiting: Vec<Waiting>,
    /// What the machine is to be told.
    found: Vec<(PlaceId, bool)>,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub struct Place {
    _file: Option<File>,
}

#[derive(Debug)]
struct Waiting {
    id: PlaceId,
    group: String,
    limit: u32,
}

impl Groups {
    /// In this folder, which need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            held: HashMap::new(),
            waiting: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Somebody wants a place; false when it has to wait for one. [`Groups::look`] tells who has got one.
    pub fn enter(&mut self, id: PlaceId, group: &str, limit: u32, or_skip: bool) -> bool {
        match self.place(group, limit) {
            Some(place) => {
                self.held.insert(id, place);
                self.found.push((id, true));
            }
            None if or_skip => self.found.push((id, false)),
            None => {
                let group = group.to_owned();
                self.waiting.push(Waiting { id, group, limit });
                return false;
            }
        }
        true
    }

    /// Somebody leaves, or waits no longer.
    pub fn leave(&mut self, id: PlaceId) {
        self.held.remove(&id);
        self.waiting.retain(|waiting| waiting.id != id);
    }

    /// Whether it must look again soon.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.found.is_empty()
    }

    /// Who has got a place since, and who will not get one.
    pub fn look(&mut self) -> Vec<(PlaceId, bool)> {
        for waiting in std::mem::take(&mut self.waiting) {
            match self.place(&waiting.group, waiting.limit) {
                Some(place) => {
                    self.held.insert(waiting.id, place);
                    self.found.push((waiting.id, true));
                }
                None => self.waiting.push(waiting),
            }
        }
        std::mem::take(&mut self.found)
    }

    /// A place, when fewer than `limit` are taken. Where files cannot be locked, there is always one.
    pub fn place(&self, group: &str, limit: u32) -> Option<Place> {
        match self.try_place(group, limit) {
            Ok(place) => place,
            Err(_) => Some(Place { _file: None }),
        }
    }

    fn try_place(&self, group: &str, limit: u32) -> io::Result<Option<Place>> {
        let folder = self.folder.join(file_name(group));
        fs::create_dir_all(&folder)?;
        let open = |name: &str| {
            let path = folder.join(name);
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true).open(path)
        };
        let counting = open("lock")?;
        counting.lock()?;
        let mut taken = 0;
        let mut free = None;
        let mut number = 0;
        // The files of places are numbered without gaps; one more may be needed.
        while taken < limit {
            let is_there = folder.join(number.to_string()).exists();
            if !is_there && free.is_some() {
                break;
            }
            let file = open(&number.to_string())?;
            match file.try_lock() {
                Ok(()) if free.is_none() => free = Some(file),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => taken += 1,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            number += 1;
        }
        let has_place = taken < limit;
        Ok(free
            .filter(|_| has_place)
            .map(|file| Place { _file: Some(file) }))
    }
}

/// A group's name as that of a folder.
fn file_name(group: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let text = group.bytes().map(|byte| match byte {
        byte if safe(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    });
    text.collect()
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn as_many_places_are_given_as_the_one_who_asks_allows() {
        let folder = tempfile::tempdir().unwrap();
        let groups = Groups::new(folder.path().join("concurrency"));
        let first = groups.place("db", 2);
        let second = groups.place("db", 2);
        assert!(first.is_some() && second.is_some());
        assert!(groups.place("db", 2).is_none());
        assert!(groups.place("db", 1).is_none());
        assert!(groups.place("other", 1).is_some());
        drop(first);
        assert!(groups.place("db", 1).is_none(), "one place is still taken");
        let again = groups.place("db", 2);
        assert!(again.is_some());
        assert!(
            groups.place("db", 3).is_some(),
            "a larger limit has one more"
        );
        drop(second);
        assert!(groups.place("db", 1).is_none());
        drop(again);
        assert!(groups.place("db", 1).is_some());
    }

    #[test]
    fn any_name_is_one_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let groups = Groups::new(folder.path().to_owned());
        assert!(
            groups
                .place("../a/b c", 1)
                .is_some_and(|place| place._file.is_some())
        );
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }
}
