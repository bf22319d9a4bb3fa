//! How far down each place lies.

use super::Net;

/// How often places are drawn to their neighbours.
const SWEEPS: usize = 10;

/// The pull of an arrow's place against that of a box: long arrows are to be straight.
const LINE_WEIGHT: f64 = 4.0;

/// The middle of each place, and the height of all.
pub(super) fn heights(net: &Net, layers: &[Vec<usize>]) -> (Vec<f64>, f64) {
    let mut y = vec![0.0; net.half.len()];
    for layer in layers {
        let mut top = 0.0;
        for place in layer {
            y[*place] = top + net.half[*place];
            top += 2.0 * net.half[*place];
        }
    }
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        for step in 0..layers.len() {
            let layer = if forward {
                step
            } else {
                layers.len() - 1 - step
            };
            let last = sweep + 2 >= SWEEPS;
            let sides = Sides {
                before: forward || last,
                behind: !forward || last,
            };
            draw(net, &layers[layer], sides, &mut y);
        }
    }
    let extreme = |bound: f64, of: &dyn Fn(usize) -> f64, pick: fn(f64, f64) -> f64| {
        (0..y.len()).map(of).fold(bound, pick)
    };
    let top = extreme(f64::INFINITY, &|place| y[place] - net.half[place], f64::min);
    let bottom = extreme(
        f64::NEG_INFINITY,
        &|place| y[place] + net.half[place],
        f64::max,
    );
    for middle in &mut y {
        *middle -= top;
    }
    (y, bottom - top)
}

/// Which neighbours a place is drawn to.
#[derive(Clone, Copy)]
struct Sides {
    before: bool,
    behind: bool,
}

impl Sides {
    fn of(self, net: &Net, place: usize) -> impl Iterator<Item = &usize> {
        let before = self.before.then(|| &net.before[place]);
        let behind = self.behind.then(|| &net.behind[place]);
        before.into_iter().chain(behind).flatten()
    }
}

/// Puts the places of a layer as near to the middle of their neighbours as their order and their
/// heights allow, by least squares.
fn draw(net: &Net, layer: &[usize], sides: Sides, y: &mut [f64]) {
    // Without the room that the places before it take, each place only has to be no higher than the
    // one before: pools of adjacent violators solve that exactly.
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(layer.len());
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(layer.len());
    for (position, place) in layer.iter().enumerate() {
        if position > 0 {
            offset += net.half[layer[position - 1]] + net.half[*place];
        }
        offsets.push(offset);
        let (mut sum, mut count) = (0.0, 0);
        for other in sides.of(net, *place) {
            sum += y[*other];
            count += 1;
        }
        // A place without neighbours gives way to the others.
        let (wanted, weight) = match count {
            0 => (y[*place], 0.01),
            _ if *place >= net.items => (sum / f64::from(count), LINE_WEIGHT),
            _ => (sum / f64::from(count), 1.0),
        };
        let mut pool = (wanted - offset, weight, 1);
        while let Some(last) = pools.last().copied()
            && last.0 > pool.0
        {
            pools.pop();
            let weight = last.1 + pool.1;
            pool = (
                (last.0 * last.1 + pool.0 * pool.1) / weight,
                weight,
                last.2 + pool.2,
            );
        }
        pools.push(pool);
    }
    let mut places = layer.iter().zip(offsets);
    for (value, _, count) in pools {
        for (place, offset) in places.by_ref().take(count) {
            y[*place] = value + offset;
        }
    }
}
