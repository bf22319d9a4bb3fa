//! Which known name somebody may have meant.

/// The candidate nearest to `word`, when it is near enough to be a slip of the hand.
///
/// Distance counts insertions, deletions, replacements and swaps of neighbours; up to a third of
/// the word's length (at least one) is near, and so is what begins with the word, its last letter aside: `retries`
/// for `retry`. Case and `-` against `_` cost nothing.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let wanted = plain(word);
    let letters = wanted.chars().count();
    let limit = (letters / 3).max(1);
    let stem: String = wanted.chars().take(letters.saturating_sub(1)).collect();
    let is_longer_form = |candidate: &str| letters >= 5 && candidate.starts_with(&stem);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (candidate, plain(candidate)))
        .map(|(candidate, plain)| (candidate, distance(&wanted, &plain), plain))
        .filter(|(_, distance, plain)| *distance <= limit || is_longer_form(plain))
        .min_by_key(|(_, distance, _)| *distance)
        .map(|(candidate, ..)| candidate)
}

/// ``did you mean `x`?`` for the nearest candidate.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Optimal string alignment distance.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(80).collect();
    let b: Vec<char> = b.chars().take(80).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_slips_and_nothing_far() {
        let names = ["prepare", "train", "publish"];
        assert_eq!(nearest("prepre", names), Some("prepare"));
        assert_eq!(nearest("trian", names), Some("train"));
        assert_eq!(nearest("Train", names), Some("train"));
        assert_eq!(nearest("report", names), None);
        assert_eq!(nearest("retry", ["retries", "run"]), Some("retries"));
        assert_eq!(
            nearest("max-paralel", ["max_parallel"]),
            Some("max_parallel")
        );
    }
}
