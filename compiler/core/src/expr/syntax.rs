//! Text to a tree of names, operators and literals; no name means anything yet.

use std::ops::Range;

use super::{BinaryOp, Macro, UnaryOp, Value};
use crate::diagnostic::Diagnostics;
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
}

/// Reads one expression, without `${{` and `}}`. Problems are reported.
pub fn parse_expr(
    text: &str,
    locate: Locate<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<SyntaxExpr> {
    let _ = (text, locate, diagnostics);
    None
}

/// Reads a text with `${{ … }}` in it. Problems are reported, those of all its expressions.
pub fn parse_template(
    text: &str,
    locate: Locate<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<SyntaxTemplate> {
    let _ = (text, locate, diagnostics);
    None
}

/// Whether a text holds a `${{` that is not written `$${{`, and where the first one stands.
pub fn find_expression(text: &str) -> Option<Range<usize>> {
    let _ = text;
    None
}
