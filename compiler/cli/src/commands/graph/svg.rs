//! A drawing that needs no other program, in light and dark.

use std::fmt::Write;

use flowc_core::graph::{Change, Graph, NodeKind};

use super::scene::{Arrow, Block, LARGE, LINE, Level, PAD, SMALL, STACK, level, stacked};
use super::{about, named};

/// Around the drawing.
const MARGIN: f64 = 24.0;
/// For the title.
const TITLE: f64 = 34.0;

/// Plain colours, so that readers without custom properties draw it too.
const STYLE: &str = "\
  <style>
    text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 13px; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .soft { font-size: 11px; fill: #59636e; }
    .when { font-size: 11px; fill: #7d4e00; stroke: #ffffff; stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
    .paper { fill: #ffffff; }
    .box { fill: #ffffff; stroke: #818b98; stroke-width: 1.2; }
    .group { fill: #f6f8fa; stroke: #818b98; stroke-width: 1; }
    .finally { fill: none; stroke: #818b98; stroke-dasharray: 5 4; }
    .arrow { fill: none; stroke: #818b98; stroke-width: 1.3; }
    .head { fill: #818b98; }
    .hot { stroke: #d9480f; stroke-width: 2.2; }
    .head.hot { fill: #d9480f; stroke: none; }
    .gone { stroke-dasharray: 4 3; stroke: #afb8c1; }
    .gone-text { fill: #8c959f; text-decoration: line-through; }
    .new { stroke: #1a7f37; stroke-width: 2; }
    .changed { stroke: #9a6700; stroke-width: 2; }
    .head.gone { fill: #afb8c1; stroke: none; }
    .head.new { fill: #1a7f37; stroke: none; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .soft { fill: #9198a1; }
      .when { fill: #e2b558; stroke: #0d1117; }
      .paper { fill: #0d1117; }
      .box { fill: #212830; stroke: #656c76; }
      .group { fill: #151b23; stroke: #656c76; }
      .finally, .arrow { stroke: #656c76; }
      .head { fill: #656c76; }
      .hot { stroke: #ff922b; }
      .head.hot { fill: #ff922b; stroke: none; }
      .gone { stroke: #4d555e; }
      .gone-text { fill: #7d8590; }
      .new { stroke: #3fb950; }
      .changed { stroke: #d29922; }
      .head.gone { fill: #4d555e; stroke: none; }
      .head.new { fill: #3fb950; stroke: none; }
    }
  </style>
";

pub(super) fn write(graph: &Graph) -> String {
    let mut arrows = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        arrows[edge.to.index()].push(*edge);
    }
    let tasks = level(graph, &graph.roots, &arrows);
    let finally = level(graph, &graph.finally, &arrows);
    let has_finally = !graph.finally.is_empty();
    let beside = if has_finally {
        finally.width + 96.0
    } else {
        0.0
    };
    let inner = tasks
        .height
        .max(finally.height + 48.0 * f64::from(u8::from(has_finally)));
    let heading = title(graph);
    let mut lines = about(graph);
    lines.extend(legend(graph));
    let text = lines
        .iter()
        .map(|line| super::scene::width(line, SMALL))
        .fold(super::scene::width(&heading, 16.0), f64::max);
    let width = (tasks.width + beside).max(text) + 2.0 * MARGIN;
    let title = TITLE + LINE * lines.len() as f64;
    let height = inner + title + 2.0 * MARGIN;
    let mut svg = Svg {
        graph,
        out: String::new(),
    };
    svg.line(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\">",
        number(width),
        number(height),
        number(width),
        number(height),
        escaped(&graph.name)
    ));
    svg.out.push_str(STYLE);
    svg.line("  <rect class=\"paper\" width=\"100%\" height=\"100%\"/>");
    svg.line(&format!(
        "  <text class=\"title\" x=\"{}\" y=\"{}\">{}</text>",
        number(MARGIN),
        number(MARGIN + 14.0),
        escaped(&heading)
    ));
    for (position, line) in lines.iter().enumerate() {
        let y = MARGIN + 14.0 + LINE * (position + 1) as f64;
        svg.text("soft", (MARGIN, y), line, "");
    }
    let top = MARGIN + title;
    svg.level(&tasks, (MARGIN, top + (inner - tasks.height) / 2.0), 1);
    if has_finally {
        let x = MARGIN + tasks.width + 64.0;
        let y = top + (inner - finally.height - 48.0) / 2.0;
        svg.frame(&finally, (x, y));
        svg.level(&finally, (x + 16.0, y + 32.0), 1);
    }
    svg.line("</svg>");
    svg.out
}

fn title(graph: &Graph) -> String {
    match graph.estimate {
        Some(estimate) => format!("{} ≈ {estimate}", graph.name),
        None => graph.name.clone(),
    }
}

/// What the signs and lines mean, where there are any.
fn legend(graph: &Graph) -> Option<String> {
    graph.sizes?;
    Some("+ new, - gone, ~ changed".to_owned())
}

/// The class of what became of something.
fn class(critical: bool, change: Change) -> &'static str {
    match (critical, change) {
        (true, _) => " hot",
        (false, Change::Same) => "",
        (false, Change::Changed) => " changed",
        (false, Change::Gone) => " gone",
        (false, Change::New) => " new",
    }
}

struct Svg<'g> {
    graph: &'g Graph,
    out: String,
}

impl Svg<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// The frame around what runs after all others, and the way to it.
    fn frame(&mut self, finally: &Level, (x, y): (f64, f64)) {
        self.line(&format!(
            "  <rect class=\"finally\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
            number(x),
            number(y),
            number(finally.width + 32.0),
            number(finally.height + 48.0)
        ));
        self.line(&format!(
            "  <text class=\"soft\" x=\"{}\" y=\"{}\">finally</text>",
            number(x + 12.0),
            number(y + 19.0)
        ));
    }

    fn level(&mut self, level: &Level, corner: (f64, f64), depth: usize) {
        // What is left lies over what is gone.
        let mut arrows: Vec<&Arrow> = level.arrows.iter().collect();
        arrows.sort_by_key(|arrow| (arrow.change != Change::Gone, arrow.critical));
        for arrow in arrows {
            self.arrow(arrow, &level.blocks[arrow.to], corner, depth);
        }
        for block in &level.blocks {
            self.block(block, corner, depth);
        }
    }

    fn arrow(&mut self, arrow: &Arrow, target: &Block, (dx, dy): (f64, f64), depth: usize) {
        let indent = "  ".repeat(depth);
        let class = class(arrow.critical, arrow.change);
        let mut path = String::new();
        let mut points = arrow.points.iter().map(|(x, y)| (x + dx, y + dy));
        let Some(mut last) = points.next() else {
            return;
        };
        let _ = write!(path, "M{} {}", number(last.0), number(last.1));
        for (position, point) in points.enumerate() {
            if position % 2 == 0 {
                let _ = write!(path, "H{}", number(point.0));
            } else {
                let middle = number((last.0 + point.0) / 2.0);
                let _ = write!(
                    path,
                    "C{middle} {} {middle} {} {} {}",
                    number(last.1),
                    number(point.1),
                    number(point.0),
                    number(point.1)
                );
            }
            last = point;
        }
        let end = target.x + dx;
        let _ = write!(path, "H{}", number(end - 6.0));
        self.line(&format!(
            "{indent}<path class=\"arrow{class}\" d=\"{path}\"/>"
        ));
        self.line(&format!(
            "{indent}<path class=\"head{class}\" d=\"M{} {}l-8 -4v8z\"/>",
            number(end),
            number(last.1)
        ));
    }

    fn block(&mut self, block: &Block, (dx, dy): (f64, f64), depth: usize) {
        let node = self.graph.node(block.task);
        let indent = "  ".repeat(depth);
        let (x, y) = (block.x + dx, block.y + dy);
        let class = class(node.critical, node.change);
        self.line(&format!("{indent}<g>"));
        self.line(&format!("{indent}  <title>{}</title>", escaped(&node.path)));
        let shape = match (&block.inside, node.kind) {
            (Some(_), _) => ("group", 8.0),
            (None, NodeKind::Wait | NodeKind::Approve) => ("box", block.height / 2.0),
            (None, _) => ("box", 5.0),
        };
        let behind: &[f64] = if stacked(node) {
            &[2.0, 1.0, 0.0]
        } else {
            &[0.0]
        };
        for step in behind {
            self.line(&format!(
                "{indent}  <rect class=\"{}{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
                shape.0,
                number(x + step * STACK),
                number(y - step * STACK),
                number(block.width),
                number(block.height),
                number(shape.1)
            ));
        }
        let mut line = y + PAD + LARGE - 4.0;
        let gone = match node.change {
            Change::Gone => " class=\"gone-text\"",
            _ => "",
        };
        self.line(&format!(
            "{indent}  <text{gone} x=\"{}\" y=\"{}\">{}</text>",
            number(x + PAD),
            number(line),
            escaped(&named(node))
        ));
        for remark in &block.remarks {
            line += LINE;
            self.text("soft", (x + PAD, line), remark, &indent);
        }
        // The rule above the arrow into the box, the condition below it, or both above each other.
        let middle = y + block.height / 2.0;
        for (position, text) in block.decides.iter().enumerate() {
            let left = x - super::scene::width(text, SMALL) - 12.0;
            let down = if position == 0 { -5.0 } else { LINE - 2.0 };
            self.text("when", (left, middle + down), text, &indent);
        }
        if let Some(inside) = &block.inside {
            self.level(inside, (x, y), depth + 1);
        }
        self.line(&format!("{indent}</g>"));
    }

    fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str, indent: &str) {
        self.line(&format!(
            "{indent}  <text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            number(x),
            number(y),
            escaped(text)
        ));
    }
}

/// One digit after the point, if any.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Not `-0`.
    format!("{}", rounded + 0.0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
