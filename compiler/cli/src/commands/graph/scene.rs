//! Where everything of a graph lies: boxes in boxes, each level laid out by itself.

use flowc_core::flow::TaskId;
use flowc_core::graph::layout::{Gaps, Item, Layout, layered};
use flowc_core::graph::{Change, Edge, Graph, Node};

use super::{decides, named, remarks};

/// Of a character of the large and of the small text: fixed width, so that nobody's fonts move boxes.
pub(super) const LARGE: f64 = 13.0;
pub(super) const SMALL: f64 = 11.0;
const WIDE: f64 = 0.602;
/// From line to line.
pub(super) const LINE: f64 = 15.0;
/// Around a text in its box.
pub(super) const PAD: f64 = 10.0;
/// Around what is in a group.
const INSIDE: f64 = 16.0;
/// How far the edge of a stack of boxes shows.
pub(super) const STACK: f64 = 4.0;

const GAPS: Gaps = Gaps {
    layer: 46.0,
    item: 18.0,
    line: 12.0,
};

/// A box with what is in it.
pub(super) struct Block {
    pub(super) task: TaskId,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The small lines under the name.
    pub(super) remarks: Vec<String>,
    /// The texts on the arrow into it.
    pub(super) decides: Vec<String>,
    /// What is in it, relative to its corner.
    pub(super) inside: Option<Level>,
}

/// Boxes of one level with their arrows.
pub(super) struct Level {
    pub(super) blocks: Vec<Block>,
    /// Between those of `blocks`.
    pub(super) arrows: Vec<Arrow>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// From one box to another.
pub(super) struct Arrow {
    pub(super) to: usize,
    pub(super) critical: bool,
    pub(super) change: Change,
    pub(super) points: Vec<(f64, f64)>,
}

/// The level that these tasks are.
pub(super) fn level(graph: &Graph, tasks: &[TaskId], arrows: &[Vec<Edge>]) -> Level {
    let mut blocks: Vec<Block> = tasks
        .iter()
        .map(|task| block(graph, *task, arrows))
        .collect();
    let mut position = std::collections::BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        position.insert(*task, index);
    }
    let mut edges = Vec::new();
    let mut drawn = Vec::new();
    for (to, task) in tasks.iter().enumerate() {
        for edge in &arrows[task.index()] {
            if let Some(from) = position.get(&edge.from) {
                edges.push((*from, to));
                drawn.push(edge);
            }
        }
    }
    let items: Vec<Item> = blocks
        .iter()
        .map(|block| Item {
            width: block.width
                + if stacked(graph.node(block.task)) {
                    2.0 * STACK
                } else {
                    0.0
                },
            height: block.height.max(block.decides.len() as f64 * 2.0 * LINE),
            lead: lead(&block.decides),
        })
        .collect();
    let Layout {
        corners,
        routes,
        width,
        height,
    } = layered(&items, &edges, GAPS);
    for ((block, item), (x, y)) in blocks.iter_mut().zip(&items).zip(corners) {
        block.x = x;
        block.y = y + (item.height - block.height) / 2.0;
    }
    let arrows = edges
        .iter()
        .zip(drawn)
        .zip(routes)
        .map(|(((_, to), edge), points)| Arrow {
            to: *to,
            critical: edge.critical,
            change: edge.change,
            points,
        })
        .collect();
    Level {
        blocks,
        arrows,
        width,
        height,
    }
}

/// Whether a task is drawn as several boxes behind each other.
pub(super) fn stacked(node: &Node) -> bool {
    node.repeat.is_some()
}

fn block(graph: &Graph, task: TaskId, arrows: &[Vec<Edge>]) -> Block {
    let node = graph.node(task);
    let remarks = remarks(node);
    let decides = decides(node);
    let text = remarks
        .iter()
        .map(|remark| width(remark, SMALL))
        .fold(width(&named(node), LARGE), f64::max);
    let mut size = (
        (text + 2.0 * PAD).max(64.0),
        LINE * (1 + remarks.len()) as f64 + 2.0 * PAD - 3.0,
    );
    let inside = (!node.children.is_empty()).then(|| {
        let mut inside = level(graph, &node.children, arrows);
        let top = size.1;
        for block in &mut inside.blocks {
            block.x += INSIDE;
            block.y += top;
        }
        for arrow in &mut inside.arrows {
            for point in &mut arrow.points {
                *point = (point.0 + INSIDE, point.1 + top);
            }
        }
        size.0 = size.0.max(inside.width + 2.0 * INSIDE);
        size.1 += inside.height + INSIDE;
        inside
    });
    Block {
        task,
        x: 0.0,
        y: 0.0,
        width: size.0,
        height: size.1,
        remarks,
        decides,
        inside,
    }
}

/// The room that texts on an arrow take.
fn lead(decides: &[String]) -> f64 {
    match decides
        .iter()
        .map(|text| width(text, SMALL))
        .fold(0.0, f64::max)
    {
        0.0 => 0.0,
        wide => wide + 14.0,
    }
}

/// How wide a text is.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * WIDE
}
