//! Where boxes and arrows go: a layered drawing from left to right.
//!
//! Boxes stand in layers by the longest way to them; an arrow over several layers gets a place in
//! each of them, so that it passes no box. Layers are ordered by medians until crossings no longer
//! get fewer, then each box is drawn towards its neighbours as far as its layer leaves room. All of it
//! is deterministic and close to linear in the number of places.

mod order;
mod place;

/// A box to place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// In the unit of the drawing.
    pub width: f64,
    /// In the unit of the drawing.
    pub height: f64,
    /// The room that arrows into it keep free before it, for a text.
    pub lead: f64,
}

/// The distances of a drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// Between a layer and the next.
    pub layer: f64,
    /// Between boxes of a layer.
    pub item: f64,
    /// Between arrows that pass a layer.
    pub line: f64,
}

/// A drawing whose upper left corner is the origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The upper left corner of each item.
    pub corners: Vec<(f64, f64)>,
    /// The points of each edge, from the right side of its source to where the lead of its target
    /// begins. From the first to the second point it runs level, out of its layer, and so from each
    /// third to the fourth, through a layer.
    pub routes: Vec<Vec<(f64, f64)>>,
    /// Of the whole.
    pub width: f64,
    /// Of the whole.
    pub height: f64,
}

/// More places than this are not made for long arrows: they then go straight.
const MAX_PLACES: usize = 400_000;

/// Places items that hang together by `edges` (from, to). The edges form no cycle.
pub fn layered(items: &[Item], edges: &[(usize, usize)], gaps: Gaps) -> Layout {
    if items.is_empty() {
        return Layout::default();
    }
    let layers = layers(items.len(), edges);
    let net = Net::new(items, edges, &layers, gaps);
    let ordered = order::ordered(&net);
    let (y, height) = place::heights(&net, &ordered);
    let (x, width) = columns(items, &layers, gaps);
    let middle = |place: usize| y[place];
    let routes = edges
        .iter()
        .zip(&net.ways)
        .map(|(&(from, to), way)| {
            let (left, right, indent) = x[layers[from]];
            let start = left + indent + items[from].width;
            let mut points = vec![(start, middle(from)), (right, middle(from))];
            for place in way {
                let (left, right, _) = x[net.layer_of[*place]];
                points.push((left, middle(*place)));
                points.push((right, middle(*place)));
            }
            let end = x[layers[to]].0 + x[layers[to]].2 - items[to].lead;
            points.push((end, middle(to)));
            points
        })
        .collect();
    Layout {
        corners: items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let (left, _, indent) = x[layers[index]];
                (left + indent, y[index] - item.height / 2.0)
            })
            .collect(),
        routes,
        width,
        height,
    }
}

/// The layer of each item: the longest way to it; a source stands directly before what follows it.
fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut downstream = vec![Vec::new(); count];
    let mut waiting = vec![0_usize; count];
    for &(from, to) in edges {
        downstream[from].push(to);
        waiting[to] += 1;
    }
    let sources: Vec<usize> = (0..count).filter(|item| waiting[*item] == 0).collect();
    let mut layers = vec![0_usize; count];
    let mut ready = sources.clone();
    let mut next = 0;
    while next < ready.len() {
        let item = ready[next];
        next += 1;
        for &to in &downstream[item] {
            layers[to] = layers[to].max(layers[item] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    for source in sources {
        let first = downstream[source].iter().map(|to| layers[*to]).min();
        layers[source] = first.map_or(0, |first| first.saturating_sub(1));
    }
    layers
}

/// For each layer: its left and right end, and how far its boxes are indented for their leads; then
/// the width of all.
fn columns(items: &[Item], layers: &[usize], gaps: Gaps) -> (Vec<(f64, f64, f64)>, f64) {
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let mut sizes = vec![(0.0_f64, 0.0_f64); count];
    for (item, layer) in items.iter().zip(layers) {
        let (lead, width) = &mut sizes[*layer];
        *lead = lead.max(item.lead);
        *width = width.max(item.width);
    }
    let mut x = 0.0;
    let columns = sizes
        .iter()
        .map(|(lead, width)| {
            let column = (x, x + lead + width, *lead);
            x += lead + width + gaps.layer;
            column
        })
        .collect();
    (columns, x - gaps.layer)
}

/// The items and the places of arrows between them, layer by layer.
struct Net {
    /// Of each place: half its height, with half of the gap around it.
    half: Vec<f64>,
    /// Of each place; items first.
    layer_of: Vec<usize>,
    /// The places of each layer, in the order of the input.
    layers: Vec<Vec<usize>>,
    /// For each place its neighbours in the layer before and behind.
    before: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
    /// For each edge the places it passes.
    ways: Vec<Vec<usize>>,
    /// How many places are items.
    items: usize,
}

impl Net {
    fn new(items: &[Item], edges: &[(usize, usize)], layers: &[usize], gaps: Gaps) -> Self {
        let passed: usize = edges
            .iter()
            .map(|&(from, to)| layers[to] - layers[from] - 1)
            .sum();
        let straight = passed > MAX_PLACES;
        let mut net = Self {
            half: items
                .iter()
                .map(|item| (item.height + gaps.item) / 2.0)
                .collect(),
            layer_of: layers.to_vec(),
            layers: vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)],
            before: vec![Vec::new(); items.len()],
            behind: vec![Vec::new(); items.len()],
            ways: Vec::with_capacity(edges.len()),
            items: items.len(),
        };
        for (item, layer) in layers.iter().enumerate() {
            net.layers[*layer].push(item);
        }
        for &(from, to) in edges {
            let mut way = Vec::new();
            let mut last = from;
            if !straight {
                for layer in layers[from] + 1..layers[to] {
                    let place = net.add(layer, gaps.line / 2.0);
                    net.join(last, place);
                    way.push(place);
                    last = place;
                }
                net.join(last, to);
            }
            net.ways.push(way);
        }
        net
    }

    fn add(&mut self, layer: usize, half: f64) -> usize {
        let place = self.half.len();
        self.half.push(half);
        self.layer_of.push(layer);
        self.layers[layer].push(place);
        self.before.push(Vec::new());
        self.behind.push(Vec::new());
        place
    }

    fn join(&mut self, from: usize, to: usize) {
        self.behind[from].push(to);
        self.before[to].push(from);
    }
}
