//! Names and types: from [`SyntaxExpr`] to [`Expr`].
//!
//! # Types
//!
//! The type of every expression is known before the flow runs, and it alone decides what an operator
//! does; so each target computes the same.
//!
//! - An integer stands wherever a number is wanted. Arithmetic of two integers gives an integer, of
//!   anything else a number; `/` leaves out the fraction only between two integers.
//! - `any` (a field of an object, `null`, an element of a mixed list) stands wherever anything is
//!   wanted; the value is looked at when the flow runs. Arithmetic with it gives a number, except for
//!   `+`, which gives `any`, for it may join strings or lists.
//! - `+` adds numbers, joins strings, joins lists. Nothing becomes text by itself.
//! - `==`, `!=` and `in` compare what can be equal: numbers with numbers, otherwise the same type.
//!   `<` and its like take two numbers or two strings.
//! - Both arms of `?:`, and both arguments of `default`, have one type in common. A list literal whose
//!   elements have none is a `list<any>`; an empty one takes the type that its place wants.
//!
//! A problem is reported once, at the smallest text that is wrong; whatever holds it stays silent.

mod calls;

use super::eval::EvalError;
use super::fold::{fold_reporting, fold_template};
use super::operands;
use super::syntax::{SyntaxExpr, SyntaxKind, SyntaxPart, SyntaxTemplate};
use super::types::{a, join_exprs};
use super::value::common_type;
use super::{BinaryOp, Expr, ExprKind, Part, Ref, Template, Type, UnaryOp, Value};
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
    let mut expr = check_unfolded(syntax, names, diagnostics)?;
    let mut errors = Vec::new();
    fold_reporting(&mut expr, &mut errors);
    find_negative_positions(&expr, &mut errors);
    for error in &errors {
        diagnostics.push(constant_problem(error));
    }
    errors.is_empty().then_some(expr)
}

/// The same, but as it was written.
pub(super) fn check_unfolded(
    syntax: &SyntaxExpr,
    names: &mut dyn Names,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let mut checker = Checker {
        names,
        diagnostics,
        locals: Vec::new(),
    };
    checker.expr(syntax)
}

/// Checks the expressions of a template. Constant parts are folded into the text.
pub fn check_template(
    syntax: &SyntaxTemplate,
    span: Span,
    names: &mut dyn Names,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    let parts: Vec<Option<Part>> = syntax
        .parts
        .iter()
        .map(|part| match part {
            SyntaxPart::Text(text) => Some(Part::Text(text.clone())),
            SyntaxPart::Expr(expr) => check_expr(expr, names, diagnostics).map(Part::Expr),
            SyntaxPart::Unread => None,
        })
        .collect();
    let parts = parts.into_iter().collect::<Option<Vec<Part>>>()?;
    Some(fold_template(Template { parts, span }))
}

/// Reports a `type-mismatch` unless `expr` can stand where `wanted` is; `what` names the place,
/// such as ``the condition of task `a` ``.
pub fn expect_type(expr: &Expr, wanted: &Type, what: &str, diagnostics: &mut Diagnostics) -> bool {
    let fits = wanted.accepts(&expr.ty);
    if !fits {
        let message = format!("{what} must be {}, not {}", a(wanted), a(&expr.ty));
        let help = operands::conversion(&expr.ty, wanted);
        diagnostics.push(
            Diagnostic::error("type-mismatch", expr.span, message)
                .says(a(&expr.ty))
                .help_opt(help),
        );
    }
    fits
}

struct Checker<'a> {
    names: &'a mut dyn Names,
    diagnostics: &'a mut Diagnostics,
    /// The variables of the macros around, innermost last.
    locals: Vec<(String, Type)>,
}

impl Checker<'_> {
    fn expr(&mut self, syntax: &SyntaxExpr) -> Option<Expr> {
        let span = syntax.span;
        match &syntax.kind {
            SyntaxKind::Literal(value) => Some(Expr::literal(value.clone(), span)),
            SyntaxKind::Name(_) => self.name(syntax, false),
            SyntaxKind::Member(object, name) => match path(syntax) {
                Some(_) => self.name(syntax, false),
                None => {
                    let object = self.expr(object)?;
                    self.field(object, name.as_ref().map(String::as_str), span)
                }
            },
            SyntaxKind::Index(list, index) => self.index(list, index, span),
            SyntaxKind::Call(name, arguments) if name.value == "default" => {
                self.default(name, arguments, span)
            }
            SyntaxKind::Call(name, arguments) => self.call(name, arguments, span),
            SyntaxKind::Method(receiver, name, arguments) => {
                self.method(receiver, name, arguments, span)
            }
            SyntaxKind::Macro(list, kind, variable, body) => {
                self.macro_call(list, *kind, variable, body, span)
            }
            SyntaxKind::List(elements) => self.list(elements, span),
            SyntaxKind::Object(fields) => self.object(fields, span),
            SyntaxKind::Unary(op, operand) => self.unary(*op, operand, span),
            SyntaxKind::Binary(op, left, right) => self.binary(*op, left, right, span),
            SyntaxKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise, span)
            }
        }
    }

    /// All of them, each looked at even when one before is wrong.
    fn exprs<'s>(&mut self, list: impl IntoIterator<Item = &'s SyntaxExpr>) -> Option<Vec<Expr>> {
        let list: Vec<Option<Expr>> = list.into_iter().map(|syntax| self.expr(syntax)).collect();
        list.into_iter().collect()
    }

    // Names.

    fn name(&mut self, syntax: &SyntaxExpr, in_default: bool) -> Option<Expr> {
        let path = path(syntax)?;
        let local = self
            .locals
            .iter()
            .rev()
            .find(|(name, _)| name == path[0].0.value);
        let (mut expr, taken) = match local {
            Some((name, ty)) => {
                let kind = ExprKind::Local(name.clone());
                let (ty, span) = (ty.clone(), path[0].1);
                (Expr { kind, ty, span }, 1)
            }
            None => self.reference(&path, in_default)?,
        };
        for (segment, span) in &path[taken..] {
            expr = self.field(expr, *segment, *span)?;
        }
        Some(expr)
    }

    fn reference(
        &mut self,
        path: &[(Spanned<&str>, Span)],
        in_default: bool,
    ) -> Option<(Expr, usize)> {
        let segments: Vec<Spanned<&str>> = path.iter().map(|(segment, _)| *segment).collect();
        match self.names.resolve(&segments, in_default) {
            Ok(resolved) => {
                let taken = resolved.taken.clamp(1, path.len());
                let expr = Expr {
                    kind: ExprKind::Ref(resolved.reference),
                    ty: resolved.ty,
                    span: path[taken - 1].1,
                };
                Some((expr, taken))
            }
            Err(Unresolved::Reported) => None,
            Err(Unresolved::Problem(problem)) => {
                self.diagnostics.push(*problem);
                None
            }
        }
    }

    fn field(&mut self, object: Expr, name: Spanned<&str>, span: Span) -> Option<Expr> {
        if !matches!(object.ty, Type::Object | Type::Any) {
            let message = format!("{} has no field `{}`", a(&object.ty), name.value);
            let help = operands::help_for_field(&object.ty, name.value);
            self.push(
                Diagnostic::error("type-mismatch", name.span, message)
                    .label(object.span, a(&object.ty))
                    .help_opt(help),
            );
            return None;
        }
        let kind = ExprKind::Field(object.into(), name.value.to_owned());
        Some(Expr {
            kind,
            ty: Type::Any,
            span,
        })
    }

    // Literals with parts.

    fn list(&mut self, elements: &[SyntaxExpr], span: Span) -> Option<Expr> {
        if elements.is_empty() {
            return Some(Expr::literal(Value::List(Vec::new()), span));
        }
        let elements = self.exprs(elements)?;
        let ty = Type::list(common_type(
            elements.iter().map(|element| element.ty.clone()),
        ));
        let kind = ExprKind::List(elements);
        Some(Expr { kind, ty, span })
    }

    fn object(&mut self, fields: &[(Spanned<String>, SyntaxExpr)], span: Span) -> Option<Expr> {
        let values = self.exprs(fields.iter().map(|(_, value)| value))?;
        let keys = fields.iter().map(|(key, _)| key.value.clone());
        let kind = ExprKind::Object(keys.zip(values).collect());
        Some(Expr {
            kind,
            ty: Type::Object,
            span,
        })
    }

    // Operators.

    fn index(&mut self, list: &SyntaxExpr, index: &SyntaxExpr, span: Span) -> Option<Expr> {
        let (list, index) = (self.expr(list), self.expr(index));
        let (list, index) = (list?, index?);
        let (ty, wanted) = match &list.ty {
            Type::List(element) => ((**element).clone(), Some(Type::Integer)),
            Type::Object => (Type::Any, Some(Type::String)),
            Type::Any => (Type::Any, None),
            other => {
                let message = format!("{} has no elements to index", a(other));
                self.push(Diagnostic::error("type-mismatch", list.span, message));
                return None;
            }
        };
        let fits = match &wanted {
            Some(wanted) => wanted == &index.ty || index.ty == Type::Any,
            None => matches!(index.ty, Type::Integer | Type::String | Type::Any),
        };
        if !fits {
            let wanted = match wanted {
                Some(wanted) => a(&wanted),
                None => "an integer or a string".into(),
            };
            let message = format!(
                "the index of {} must be {wanted}, not {}",
                a(&list.ty),
                a(&index.ty)
            );
            self.push(Diagnostic::error("type-mismatch", index.span, message));
            return None;
        }
        let kind = ExprKind::Index(list.into(), index.into());
        Some(Expr { kind, ty, span })
    }

    fn unary(&mut self, op: UnaryOp, operand: &SyntaxExpr, span: Span) -> Option<Expr> {
        let operand = self.expr(operand)?;
        match operands::unary_type(op, &operand) {
            Ok(ty) => {
                let kind = ExprKind::Unary(op, operand.into());
                Some(Expr { kind, ty, span })
            }
            Err(problem) => {
                self.push(*problem);
                None
            }
        }
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &SyntaxExpr,
        right: &SyntaxExpr,
        span: Span,
    ) -> Option<Expr> {
        if op == BinaryOp::Subtract && self.hyphenated(left, right, span) {
            return None;
        }
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left?, right?);
        match operands::binary_type(op, &left, &right) {
            Ok(ty) => {
                let kind = ExprKind::Binary(op, left.into(), right.into());
                Some(Expr { kind, ty, span })
            }
            Err(problem) => {
                self.push(*problem);
                None
            }
        }
    }

    /// `parameters.foo-bar` is a subtraction, but is hardly meant as one: a bare name behind a `-`
    /// without spaces, where no such name is known. Reported.
    fn hyphenated(&mut self, left: &SyntaxExpr, right: &SyntaxExpr, span: Span) -> bool {
        let adjacent = left.span.end + 1 == right.span.start;
        let (Some(left), Some(name), true) = (path(left), path(right), adjacent) else {
            return false;
        };
        let (root, tail) = (name[0].0, left.last().map_or("", |last| last.0.value));
        let known = |name: &str| self.locals.iter().any(|(local, _)| local == name);
        if left.len() < 2 || name.len() > 1 || known(root.value) {
            return false;
        }
        if !matches!(
            self.names.resolve(&[root], false),
            Err(Unresolved::Problem(_))
        ) {
            return false;
        }
        let written = format!("{tail}-{}", root.value);
        self.push(
            Diagnostic::error(
                "invalid-expression",
                span,
                format!("`{written}` is no name, for names hold no `-`"),
            )
            .says("reads as a subtraction")
            .help(format!("did you mean `{}`?", written.replace('-', "_"))),
        );
        true
    }

    fn conditional(
        &mut self,
        condition: &SyntaxExpr,
        then: &SyntaxExpr,
        otherwise: &SyntaxExpr,
        span: Span,
    ) -> Option<Expr> {
        let condition = self.expr(condition);
        let (then, otherwise) = (self.expr(then), self.expr(otherwise));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        if !Type::Boolean.accepts(&condition.ty) {
            let message = format!(
                "the condition of `?` must be a boolean, not {}",
                a(&condition.ty)
            );
            let help = operands::help_for_boolean(&condition.ty);
            self.push(Diagnostic::error("type-mismatch", condition.span, message).help_opt(help));
            return None;
        }
        let Some(ty) = join_exprs(&then, &otherwise) else {
            let message = format!(
                "the two values of `?:` are {} and {}, which have no type in common",
                a(&then.ty),
                a(&otherwise.ty)
            );
            self.push(
                Diagnostic::error("type-mismatch", otherwise.span, message)
                    .says(a(&otherwise.ty))
                    .label(then.span, a(&then.ty))
                    .help_opt(operands::conversion(&otherwise.ty, &then.ty)),
            );
            return None;
        };
        let kind = ExprKind::Conditional(condition.into(), then.into(), otherwise.into());
        Some(Expr { kind, ty, span })
    }

    // Problems.

    fn push(&mut self, problem: Diagnostic) {
        self.diagnostics.push(problem);
    }
}

/// The segments of a dotted name, each with the span of the name up to it.
fn path(syntax: &SyntaxExpr) -> Option<Vec<(Spanned<&str>, Span)>> {
    match &syntax.kind {
        SyntaxKind::Name(name) => Some(vec![(
            Spanned::new(name.as_str(), syntax.span),
            syntax.span,
        )]),
        SyntaxKind::Member(object, name) => {
            let mut path = path(object)?;
            path.push((name.as_ref().map(String::as_str), syntax.span));
            Some(path)
        }
        _ => None,
    }
}

fn constant_problem(error: &EvalError) -> Diagnostic {
    Diagnostic::error("invalid-expression", error.span, error.message.clone())
        .says("this can never have a value")
}

/// A list of any length has no element before its first.
fn find_negative_positions(expr: &Expr, errors: &mut Vec<EvalError>) {
    expr.walk(&mut |expr| {
        if let ExprKind::Index(list, index) = &expr.kind
            && matches!(list.ty, Type::List(_))
            && list.as_literal().is_none()
            && let Some(Value::Integer(position @ i64::MIN..0)) = index.as_literal()
        {
            errors.push(EvalError {
                message: format!("the index `{position}` is negative"),
                span: index.span,
            });
        }
    });
}
