//! The order of the places in each layer, with few crossings.

use super::Net;

/// How often the layers are gone through, there and back.
const SWEEPS: usize = 12;

/// The places of each layer from top to bottom.
pub(super) fn ordered(net: &Net) -> Vec<Vec<usize>> {
    let mut layers = net.layers.clone();
    let mut rank = vec![0; net.half.len()];
    for layer in &layers {
        note(layer, &mut rank);
    }
    let mut best = layers.clone();
    let mut fewest = crossings(net, &layers, &rank);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let forward = sweep % 2 == 0;
        let neighbours = if forward { &net.before } else { &net.behind };
        let count = layers.len();
        for step in 1..count {
            let layer = if forward { step } else { count - 1 - step };
            by_medians(&mut layers[layer], neighbours, &rank);
            note(&layers[layer], &mut rank);
        }
        let now = crossings(net, &layers, &rank);
        if now < fewest {
            fewest = now;
            best.clone_from(&layers);
        }
    }
    best
}

fn note(layer: &[usize], rank: &mut [usize]) {
    for (position, place) in layer.iter().enumerate() {
        rank[*place] = position;
    }
}

/// Sorts a layer by where the neighbours of each place lie; a place without neighbours stays.
fn by_medians(layer: &mut [usize], neighbours: &[Vec<usize>], rank: &[usize]) {
    let mut movable: Vec<(f64, usize)> = Vec::with_capacity(layer.len());
    let mut positions = Vec::with_capacity(layer.len());
    for (position, place) in layer.iter().enumerate() {
        let near = &neighbours[*place];
        if !near.is_empty() {
            let sum: usize = near.iter().map(|other| rank[*other]).sum();
            movable.push((sum as f64 / near.len() as f64, *place));
            positions.push(position);
        }
    }
    movable.sort_by(|left, right| left.0.total_cmp(&right.0));
    for (position, (_, place)) in positions.into_iter().zip(movable) {
        layer[position] = place;
    }
}

/// How many pairs of arrows between neighbouring layers cross.
fn crossings(net: &Net, layers: &[Vec<usize>], rank: &[usize]) -> u64 {
    let mut count = 0;
    for pair in layers.windows(2) {
        let mut ends: Vec<(usize, usize)> = Vec::new();
        for place in &pair[0] {
            let start = rank[*place];
            ends.extend(net.behind[*place].iter().map(|end| (start, rank[*end])));
        }
        ends.sort_unstable();
        count += inversions(ends.iter().map(|(_, end)| *end), pair[1].len());
    }
    count
}

/// How many pairs of the sequence stand in the wrong order, by a binary indexed tree.
fn inversions(values: impl Iterator<Item = usize>, bound: usize) -> u64 {
    let mut tree = vec![0_u64; bound + 1];
    let mut count = 0;
    for (seen, value) in values.enumerate() {
        let mut not_larger = 0;
        let mut index = value + 1;
        while index > 0 {
            not_larger += tree[index];
            index &= index - 1;
        }
        count += seen as u64 - not_larger;
        let mut index = value + 1;
        while index <= bound {
            tree[index] += 1;
            index += index & index.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn inversions_are_the_pairs_in_the_wrong_order() {
        assert_eq!(inversions([0, 1, 2].into_iter(), 3), 0);
        assert_eq!(inversions([2, 1, 0].into_iter(), 3), 3);
        assert_eq!(inversions([1, 1, 0, 0].into_iter(), 2), 4);
    }
}
