//! Nodes that may hold expressions.

use std::fmt::Display;

use indexmap::IndexMap;

use super::Resolver;
use super::names::{Binder, ROOTS};
use super::place::Place;
use crate::checks;
use crate::diagnostic::Diagnostics;
use crate::document::{Meaning, Node, NodeKind, Scalar};
use crate::expr::check::{Names, Unresolved, check_expr, check_template, expect_type};
use crate::expr::syntax::{SyntaxExpr, SyntaxPart, SyntaxTemplate, holds_open, parse_template};
use crate::expr::value::common_type;
use crate::expr::{BinaryOp, Expr, ExprKind, Function, Part, Template, Type, Value};
use crate::source::Spanned;

impl Resolver<'_> {
    /// Text with expressions: an environment value, an argument. Scalars of any kind become text.
    pub(crate) fn template(
        &mut self,
        node: &Node,
        place: &Place,
        what: impl Display + Copy,
    ) -> Option<Template> {
        let scalar = self.report.scalar(node, what, "text")?;
        if scalar.meaning != Meaning::String {
            let text = self.report.constant(node, scalar, what)?.text();
            if text != scalar.text {
                self.report.push(checks::rewritten_number::found(
                    node.span,
                    &scalar.text,
                    &text,
                ));
            }
            return Some(Template::literal(text, node.span));
        }
        let template = self.text_template(node, scalar, place)?;
        for part in &template.parts {
            if let Part::Text(text) = part
                && !self.report.check_bounds(node, text, what)
            {
                return None;
            }
        }
        Some(template)
    }

    /// One whole expression or a boolean.
    pub(crate) fn condition(&mut self, node: &Node, place: &Place, what: &str) -> Option<Expr> {
        let scalar = self
            .report
            .scalar(node, what, "`true`, `false` or an expression")?;
        let expr = match scalar.meaning {
            Meaning::Boolean(value) => Expr::literal(Value::Boolean(value), node.span),
            _ => self.whole(
                node,
                scalar,
                place,
                what,
                "`true`, `false` or an expression",
            )?,
        };
        self.expect(expr, &Type::Boolean, what)
    }

    /// One whole expression.
    pub(crate) fn whole(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        place: &Place,
        what: &str,
        wanted: &str,
    ) -> Option<Expr> {
        if !holds_open(&scalar.text) {
            let mismatch = checks::type_mismatch::wants(node, what, wanted);
            let hint = format!(
                "an expression is written `${{{{ {} }}}}`",
                scalar.text.trim()
            );
            self.report.push(if scalar.meaning == Meaning::String {
                mismatch.help(hint)
            } else {
                mismatch
            });
            return None;
        }
        let syntax = self.syntax(node, scalar);
        match only_expr(&syntax) {
            Some(expr) => self.checked(expr, place),
            None if syntax
                .parts
                .iter()
                .any(|part| matches!(part, SyntaxPart::Unread)) =>
            {
                // That was reported; what else stands there is looked at.
                self.checked_template(node, &syntax, place);
                None
            }
            None => {
                self.report
                    .push(checks::type_mismatch::wants(node, what, wanted));
                None
            }
        }
    }

    /// A value of any kind, whose texts may hold expressions.
    pub(crate) fn value_expr(&mut self, node: &Node, place: &Place, what: &str) -> Option<Expr> {
        match &node.resolved().kind {
            NodeKind::Scalar(scalar) if scalar.meaning == Meaning::Null => {
                self.report
                    .push(checks::type_mismatch::wants(node, what, "a value"));
                None
            }
            NodeKind::Scalar(scalar) if scalar.meaning == Meaning::String => {
                if !holds_open(&scalar.text) {
                    return Some(Expr::literal(
                        Value::String(scalar.text.to_string()),
                        node.span,
                    ));
                }
                let syntax = self.syntax(node, scalar);
                match syntax.parts.as_slice() {
                    [SyntaxPart::Expr(expr)] => self.checked(expr, place),
                    _ => self.checked_template(node, &syntax, place).map(as_expr),
                }
            }
            NodeKind::Scalar(scalar) => {
                let value = self.report.constant(node, scalar, what)?;
                Some(Expr::literal(value, node.span))
            }
            NodeKind::Sequence(nodes) => {
                let exprs: Vec<_> = nodes
                    .iter()
                    .filter_map(|node| self.value_expr(node, place, what))
                    .collect();
                (exprs.len() == nodes.len()).then(|| list_expr(exprs, node))
            }
            NodeKind::Mapping(entries) => {
                let fields: Vec<_> = entries
                    .iter()
                    .filter_map(|entry| {
                        Some((
                            entry.key.to_string(),
                            self.value_expr(&entry.value, place, what)?,
                        ))
                    })
                    .collect();
                (fields.len() == entries.len()).then(|| object_expr(fields, node))
            }
            NodeKind::Alias(_) => None,
        }
    }

    /// Reports a value of the wrong type.
    pub(crate) fn expect(&mut self, expr: Expr, wanted: &Type, what: &str) -> Option<Expr> {
        let mut scratch = Diagnostics::default();
        let fits = expect_type(&expr, wanted, what, &mut scratch);
        self.report.absorb(scratch);
        fits.then_some(expr)
    }

    /// The template of a scalar that is text.
    fn text_template(&mut self, node: &Node, scalar: &Scalar, place: &Place) -> Option<Template> {
        if !holds_open(&scalar.text) {
            return Some(Template::literal(scalar.text.to_string(), node.span));
        }
        if let Some((path, words)) = only_name(node, scalar)
            && let Some(expr) = self.name(&path[..words], place)
        {
            return Some(Template {
                parts: vec![Part::Expr(expr?)],
                span: node.span,
            });
        }
        let syntax = self.syntax(node, scalar);
        self.checked_template(node, &syntax, place)
    }

    /// What a name stands for: no value when that was reported, nothing when only its beginning is
    /// a name.
    fn name(&mut self, path: &[Spanned<&str>], place: &Place) -> Option<Option<Expr>> {
        match Binder::new(self, *place).resolve(path, false) {
            Ok(resolved) if resolved.taken < path.len() => None,
            Ok(resolved) => Some(Some(Expr {
                kind: ExprKind::Ref(resolved.reference),
                ty: resolved.ty,
                span: path[0].span.to(path[path.len() - 1].span),
            })),
            Err(Unresolved::Reported) => Some(None),
            Err(Unresolved::Problem(problem)) => {
                let mut scratch = Diagnostics::default();
                scratch.push(*problem);
                self.report.absorb(scratch);
                Some(None)
            }
        }
    }

    fn syntax(&mut self, node: &Node, scalar: &Scalar) -> SyntaxTemplate {
        let mut scratch = Diagnostics::default();
        let syntax = parse_template(&scalar.text, &|range| node.locate(range), &mut scratch);
        self.report.absorb(scratch);
        syntax
    }

    fn checked(&mut self, syntax: &SyntaxExpr, place: &Place) -> Option<Expr> {
        let mut scratch = Diagnostics::default();
        let expr = check_expr(syntax, &mut Binder::new(self, *place), &mut scratch);
        self.report.absorb(scratch);
        expr
    }

    fn checked_template(
        &mut self,
        node: &Node,
        syntax: &SyntaxTemplate,
        place: &Place,
    ) -> Option<Template> {
        let mut scratch = Diagnostics::default();
        let mut binder = Binder::new(self, *place);
        let template = check_template(syntax, node.span, &mut binder, &mut scratch);
        self.report.absorb(scratch);
        template
    }
}

/// The words of `${{ a.b.c }}`, when the whole text is that. Most expressions are, and a name needs no
/// tree of an expression around it. The second part says how many words there are; a field of a value is no such name.
fn only_name<'n>(node: &Node, scalar: &'n Scalar<'n>) -> Option<([Spanned<&'n str>; 4], usize)> {
    const OPEN: &str = "${{ ";
    let inside = scalar.text.strip_prefix(OPEN)?.strip_suffix(" }}")?;
    let mut at = OPEN.len();
    let mut path = [Spanned::default(); 4];
    let mut words = 0;
    let mut rest = inside;
    loop {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let end = rest.bytes().position(|byte| !is_of_name(byte));
        let length = end.unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let starts_well = word.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        if !starts_well || matches!(word, "true" | "false" | "null" | "in") {
            return None;
        }
        *path.get_mut(words)? = Spanned::new(word, node.locate(at..at + length));
        words += 1;
        if after.is_empty() {
            return ROOTS.contains(&path[0].value).then_some((path, words));
        }
        rest = after.strip_prefix('.')?;
        at += length + 1;
    }
}

/// The expression, when nothing but white space stands around it.
fn only_expr(syntax: &SyntaxTemplate) -> Option<&SyntaxExpr> {
    let mut only = None;
    for part in &syntax.parts {
        match part {
            SyntaxPart::Expr(_) if only.is_some() => return None,
            SyntaxPart::Expr(expr) => only = Some(expr),
            SyntaxPart::Text(text) if text.trim().is_empty() => {}
            SyntaxPart::Text(_) | SyntaxPart::Unread => return None,
        }
    }
    only
}

/// A list, constant when all its elements are.
pub(crate) fn list_expr(exprs: Vec<Expr>, node: &Node) -> Expr {
    let constants: Option<Vec<Value>> = exprs
        .iter()
        .map(|expr| expr.as_literal().cloned())
        .collect();
    match constants {
        Some(values) => Expr::literal(Value::List(values), node.span),
        None => Expr {
            ty: Type::list(common_type(exprs.iter().map(|expr| expr.ty.clone()))),
            kind: ExprKind::List(exprs),
            span: node.span,
        },
    }
}

/// An object, constant when all its values are.
pub(crate) fn object_expr(fields: Vec<(String, Expr)>, node: &Node) -> Expr {
    let constants: Option<IndexMap<String, Value>> = fields
        .iter()
        .map(|(key, expr)| Some((key.clone(), expr.as_literal()?.clone())))
        .collect();
    match constants {
        Some(values) => Expr::literal(Value::object(values), node.span),
        None => Expr {
            ty: Type::Object,
            kind: ExprKind::Object(fields),
            span: node.span,
        },
    }
}

/// A template as an expression: text put together.
fn as_expr(template: Template) -> Expr {
    let span = template.span;
    let text = |kind: ExprKind| Expr {
        kind,
        ty: Type::String,
        span,
    };
    template
        .parts
        .into_iter()
        .map(|part| match part {
            Part::Text(value) => Expr::literal(Value::String(value), span),
            Part::Expr(expr) if expr.ty == Type::String => expr,
            Part::Expr(expr) => Expr {
                span: expr.span,
                ..text(ExprKind::Call(Function::String, vec![expr]))
            },
        })
        .reduce(|a, b| text(ExprKind::Binary(BinaryOp::Add, Box::new(a), Box::new(b))))
        .unwrap_or_else(|| Expr::literal(Value::String(String::new()), span))
}
