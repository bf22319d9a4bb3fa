//! Names and types: from [`SyntaxExpr`] to [`Expr`].

use super::syntax::{SyntaxExpr, SyntaxTemplate};
use super::{Expr, Ref, Template, Type};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};

/// What the names of an expression mean at the place where it stands.
pub trait Names {
    /// Resolves the longest meaningful start of a dotted name, such as
    /// `tasks` `train` `outputs` `auc`; what follows is field access on the value.
    /// `in_default` tells that the name is the first argument of `default`.
    fn resolve(&mut self, path: &[Spanned<&str>], in_default: bool)
    -> Result<Resolved, Unresolved>;
}

/// A resolved name.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What it stands for.
    pub reference: Ref,
    /// The type of its value.
    pub ty: Type,
    /// How many segments of the path it took.
    pub taken: usize,
}

/// Why a name has no value here.
#[derive(Clone, Debug)]
pub enum Unresolved {
    /// To be reported.
    Problem(Box<Diagnostic>),
    /// What it names is itself wrong, and that has been reported.
    Reported,
}

/// Checks an expression. Reports every problem; `None` when there was one (or an earlier one made
/// it pointless). Constant parts are folded.
pub fn check_expr(
    syntax: &SyntaxExpr,
    names: &mut dyn Names,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let _ = (syntax, names, diagnostics);
    None
}

/// Checks the expressions of a template. Constant parts are folded into the text.
pub fn check_template(
    syntax: &SyntaxTemplate,
    span: Span,
    names: &mut dyn Names,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    let _ = (syntax, span, names, diagnostics);
    None
}

/// Reports a `type-mismatch` unless `expr` can stand where `wanted` is; `what` names the place,
/// such as ``the condition of task `a` ``.
pub fn expect_type(expr: &Expr, wanted: &Type, what: &str, diagnostics: &mut Diagnostics) -> bool {
    let _ = (expr, wanted, what, diagnostics);
    true
}
