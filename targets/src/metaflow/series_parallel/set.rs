//! Sets of small numbers.

/// A set of numbers below its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    size: usize,
    words: Vec<u64>,
}

impl Set {
    pub fn empty(size: usize) -> Self {
        Self {
            size,
            words: vec![0; size.div_ceil(64)],
        }
    }

    pub fn full(size: usize) -> Self {
        let mut set = Self::empty(size);
        (0..size).for_each(|number| set.add(number));
        set
    }

    /// All members are below this.
    pub fn size(&self) -> usize {
        self.size
    }

    pub fn add(&mut self, number: usize) {
        self.words[number / 64] |= 1 << (number % 64);
    }

    pub fn add_all(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    pub fn has(&self, number: usize) -> bool {
        self.words[number / 64] & (1 << (number % 64)) != 0
    }

    pub fn common(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a & b)
    }

    pub fn without(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a & !b)
    }

    fn combined(&self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        let words = self.words.iter().zip(&other.words);
        Self {
            size: self.size,
            words: words.map(|(a, b)| with(*a, *b)).collect(),
        }
    }

    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    pub fn count_common(&self, other: &Self) -> usize {
        let words = self.words.iter().zip(&other.words);
        words.map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// Whether any number is in both.
    pub fn meets(&self, other: &Self) -> bool {
        let mut words = self.words.iter().zip(&other.words);
        words.any(|(a, b)| a & b != 0)
    }

    pub fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    /// The member, when it is the only one.
    pub fn only(&self) -> Option<usize> {
        let mut members = self.iter();
        let first = members.next();
        members.next().map_or(first, |_| None)
    }

    /// From the smallest up.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        members(self.words.iter().copied())
    }

    /// What is in both, from the smallest up.
    pub fn iter_common<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = usize> + 's {
        members(self.words.iter().zip(&other.words).map(|(a, b)| a & b))
    }
}

fn members(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(at, word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(at * 64 + bit)
        })
    })
}
