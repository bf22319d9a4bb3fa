//! Text to a tree of names, operators and literals; no name means anything yet.

use std::ops::Range;

use super::parser::{MAX_TEXT, Parser};
use super::{BinaryOp, Macro, UnaryOp, Value, lexer};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};

/// Maps a byte range of the text being parsed to its place in the source.
pub type Locate<'a> = &'a dyn Fn(Range<usize>) -> Span;

/// An expression as written.
#[derive(Clone, Debug)]
pub struct SyntaxExpr {
    /// What it is.
    pub kind: SyntaxKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression as written.
#[derive(Clone, Debug)]
pub enum SyntaxKind {
    /// A constant.
    Literal(Value),
    /// A bare word: the root of a name, or the variable of a macro.
    Name(String),
    /// `x.field`, also `x["field"]` with a constant text.
    Member(Box<SyntaxExpr>, Spanned<String>),
    /// `x[i]`.
    Index(Box<SyntaxExpr>, Box<SyntaxExpr>),
    /// `f(a, b)`.
    Call(Spanned<String>, Vec<SyntaxExpr>),
    /// `x.f(a, b)`.
    Method(Box<SyntaxExpr>, Spanned<String>, Vec<SyntaxExpr>),
    /// `x.macro(variable, body)`.
    Macro(Box<SyntaxExpr>, Macro, Spanned<String>, Box<SyntaxExpr>),
    /// `[a, b]`.
    List(Vec<SyntaxExpr>),
    /// `{"k": a}`.
    Object(Vec<(Spanned<String>, SyntaxExpr)>),
    /// `!x`, `-x`.
    Unary(UnaryOp, Box<SyntaxExpr>),
    /// `x op y`.
    Binary(BinaryOp, Box<SyntaxExpr>, Box<SyntaxExpr>),
    /// `c ? a : b`.
    Conditional(Box<SyntaxExpr>, Box<SyntaxExpr>, Box<SyntaxExpr>),
}

/// A text with expressions in it, as written.
#[derive(Clone, Debug)]
pub struct SyntaxTemplate {
    /// Text (with `$${{` already turned into `${{`) and expressions, in order.
    pub parts: Vec<SyntaxPart>,
}

/// A piece of a [`SyntaxTemplate`].
#[derive(Clone, Debug)]
pub enum SyntaxPart {
    /// Text.
    Text(String),
    /// What stands between `${{` and `}}`.
    Expr(SyntaxExpr),
    /// The same, when it cannot be read; that was reported.
    Unread,
}

/// Reads one expression, without `${{` and `}}`. Problems are reported; after those that leave no
/// doubt about what is meant, such as `and` for `&&`, the expression comes back all the same, so that
/// its names and types are looked at too.
pub fn parse_expr(
    text: &str,
    locate: Locate<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<SyntaxExpr> {
    parse_within(text, 0..text.len(), locate, diagnostics)
}

/// Reads a text with `${{ … }}` in it. Problems are reported, those of all its expressions, and one
/// that cannot be read leaves its place: names and types of the others are looked at all the same.
pub fn parse_template(
    text: &str,
    locate: Locate<'_>,
    diagnostics: &mut Diagnostics,
) -> SyntaxTemplate {
    let mut parts = Vec::new();
    let mut before = String::new();
    let mut at = 0;
    while let Some(marker) = next_marker(text, at) {
        before.push_str(&text[at..marker.start()]);
        at = marker.start() + marker.width();
        if let Marker::Escaped(_) = marker {
            before.push_str(OPEN);
            continue;
        }
        if !before.is_empty() {
            parts.push(SyntaxPart::Text(std::mem::take(&mut before)));
        }
        let Some(close) = lexer::find_close(text, at) else {
            diagnostics.push(unclosed(text, marker.start(), locate));
            parts.push(SyntaxPart::Unread);
            return SyntaxTemplate { parts };
        };
        let expr = parse_within(text, at..close, locate, diagnostics);
        parts.push(expr.map_or(SyntaxPart::Unread, SyntaxPart::Expr));
        at = close + CLOSE.len();
    }
    before.push_str(&text[at..]);
    if !before.is_empty() {
        parts.push(SyntaxPart::Text(before));
    }
    SyntaxTemplate { parts }
}

/// Whether a text holds a `${{` that is not written `$${{`, and where the first one stands, up to
/// its `}}` when it has one.
pub fn find_expression(text: &str) -> Option<Range<usize>> {
    let mut at = 0;
    loop {
        match next_marker(text, at)? {
            Marker::Open(start) => {
                let inside = start + OPEN.len();
                let end = lexer::find_close(text, inside).map_or(inside, |end| end + CLOSE.len());
                return Some(start..end);
            }
            escaped => at = escaped.start() + escaped.width(),
        }
    }
}

/// The text that a field without expressions stands for: `$${{` is a literal `${{`.
pub fn unescape(text: &str) -> String {
    if !holds_open(text) {
        return text.to_owned();
    }
    text.replace(ESCAPED, OPEN)
}

/// The text to write for a literal text: the inverse of [`unescape`].
pub fn escape(text: &str) -> String {
    text.replace(OPEN, ESCAPED)
}

const OPEN: &str = "${{";
const ESCAPED: &str = "$${{";
const CLOSE: &str = "}}";

/// The start of something in a template, at a byte offset.
enum Marker {
    Open(usize),
    Escaped(usize),
}

impl Marker {
    fn start(&self) -> usize {
        match self {
            Self::Open(start) | Self::Escaped(start) => *start,
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Open(_) => OPEN.len(),
            Self::Escaped(_) => ESCAPED.len(),
        }
    }
}

fn next_marker(text: &str, from: usize) -> Option<Marker> {
    let start = next_open(text, from)?;
    let escaped = start > from && text.as_bytes()[start - 1] == b'$';
    Some(if escaped {
        Marker::Escaped(start - 1)
    } else {
        Marker::Open(start)
    })
}

/// Whether `${{` stands anywhere in a text, escaped or not.
pub(crate) fn holds_open(text: &str) -> bool {
    next_open(text, 0).is_some()
}

/// Where the next `${{` stands, escaped or not. Few texts hold more than a dollar or two, and one byte is
/// found sooner than three.
fn next_open(text: &str, from: usize) -> Option<usize> {
    memchr::memchr_iter(b'$', &text.as_bytes()[from..])
        .map(|at| from + at)
        .find(|at| text[*at..].starts_with(OPEN))
}

fn parse_within(
    text: &str,
    range: Range<usize>,
    locate: Locate<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<SyntaxExpr> {
    if range.len() > MAX_TEXT {
        let start = range.start;
        diagnostics.push(
            Diagnostic::error(
                "too-large",
                locate(start..start),
                format!("an expression is longer than {MAX_TEXT} bytes"),
            )
            .help("compute the value in a task and read its output"),
        );
        return None;
    }
    Parser::new(text, range, locate, diagnostics).whole()
}

fn unclosed(text: &str, start: usize, locate: Locate<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "invalid-expression",
        locate(start..start + OPEN.len()),
        "the `${{` has no `}}`",
    )
    .says("opened here");
    // A single brace is the likeliest slip; text that was never an expression the next.
    match text[start..].find('}') {
        Some(_) => diagnostic.help("an expression ends with `}}`"),
        None => diagnostic.help("write `$${{` for a literal `${{`"),
    }
}
