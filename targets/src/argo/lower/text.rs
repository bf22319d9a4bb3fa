//! Texts with expressions in them, as Argo and then Kubernetes turn them into what the process gets.

use std::borrow::Cow;

use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template, Type};
use flowc_core::values::Duration;

use super::scope::Reader;
use super::{Lowerer, Place, facts};
use crate::argo::escape::{self, Neighbours};
use crate::argo::expr::{self, Code, Level};
use crate::argo::model::SlotValue;
use crate::argo::names::joined;

/// A piece of a text after its constants are known.
enum Piece<'t> {
    Text(Cow<'t, str>),
    Secret(&'t str),
    Exprs(Vec<&'t Expr>),
}

impl<'f> Lowerer<'f> {
    /// The text of a template for a process, given the names of the container's variables.
    /// Secrets in it become references to variables; their names are added to `secrets`.
    pub(super) fn process_text(
        &mut self,
        depth: usize,
        template: &'f Template,
        defined: &dyn Fn(&str) -> bool,
        secrets: &mut Vec<&'f str>,
    ) -> SlotValue<'f> {
        if let [Part::Text(text)] = template.parts.as_slice() {
            return SlotValue::Here(escape::literal(text, Neighbours::default(), defined));
        }
        if let Some(expr) = template.as_expr().filter(|expr| is_computed(expr)) {
            let here = self.is_run_expr(expr);
            let place = if here { Place::Pod } else { Place::Dag };
            let tag = self.value_tag(depth, place, &[expr]).into();
            return if here {
                SlotValue::Here(tag)
            } else {
                SlotValue::Passed(tag)
            };
        }
        let pieces = self.pieces(template);
        let mut out = String::new();
        let mut here = true;
        let is_value =
            |piece: Option<&Piece<'_>>| matches!(piece, Some(Piece::Exprs(_) | Piece::Secret(_)));
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    let beside = Neighbours {
                        before: at > 0 && is_value(pieces.get(at - 1)),
                        after: is_value(pieces.get(at + 1)),
                    };
                    out.push_str(&escape::literal(text, beside, defined));
                }
                Piece::Secret(name) => {
                    out.push_str(&format!("$({})", secret_variable(name)));
                    if !secrets.iter().any(|known| known == name) {
                        secrets.push(name);
                    }
                }
                Piece::Exprs(exprs) => {
                    let local = exprs.iter().all(|expr| self.is_run_expr(expr));
                    here &= local;
                    let place = if local { Place::Pod } else { Place::Dag };
                    out.push_str(&self.value_tag(depth, place, exprs));
                }
            }
        }
        if here {
            SlotValue::Here(out.into())
        } else {
            SlotValue::Passed(out.into())
        }
    }

    /// The text of a template for a field that only Argo and Kubernetes read.
    pub(super) fn field_text(&mut self, depth: usize, template: &'f Template) -> SlotValue<'f> {
        if let Some(text) = template.as_literal() {
            return SlotValue::Here(text.into());
        }
        let here = template.exprs().all(|expr| self.is_run_expr(expr));
        let place = if here { Place::Pod } else { Place::Dag };
        let hostile = template.exprs().any(|expr| facts::hostile(self.flow, expr));
        let code = self.template_code(depth, place, template);
        let code = if hostile {
            // Braces could be read as a tag; no such field may hold any.
            Code::new(
                Level::Conditional,
                format!(
                    "{} contains \"{{\" ? sprig.fail(\"a brace in the {}\") : {}",
                    code.at(Level::Range),
                    self.slot,
                    code.text
                ),
            )
        } else {
            code
        };
        if here {
            SlotValue::Here(code.tag().into())
        } else {
            SlotValue::Passed(code.tag().into())
        }
    }

    /// The text of a whole template as one expression.
    pub(super) fn template_code(
        &mut self,
        depth: usize,
        place: Place,
        template: &'f Template,
    ) -> Code {
        let parts: Vec<Code> = template
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => expr::quote(text),
                Part::Expr(expr) => self.text_code(depth, place, expr),
            })
            .collect();
        sum(parts)
    }

    fn text_code(&mut self, depth: usize, place: Place, expr: &'f Expr) -> Code {
        expr::lower_text(
            expr,
            &mut Reader {
                lowerer: self,
                depth,
                place,
            },
        )
    }

    fn pieces(&mut self, template: &'f Template) -> Vec<Piece<'f>> {
        let mut pieces: Vec<Piece<'f>> = Vec::new();
        for part in &template.parts {
            match part {
                Part::Text(text) => push_text(&mut pieces, Cow::Borrowed(text)),
                Part::Expr(expr) => match &expr.kind {
                    ExprKind::Ref(Ref::Secret { name }) => pieces.push(Piece::Secret(name)),
                    ExprKind::Ref(
                        reference @ (Ref::Artifact { .. }
                        | Ref::OwnOutput { .. }
                        | Ref::OwnArtifact { .. }),
                    ) => {
                        let path = self.path_of(reference, expr);
                        push_text(&mut pieces, Cow::Owned(path));
                    }
                    ExprKind::Literal(value) => {
                        push_text(&mut pieces, Cow::Owned(value.text()));
                    }
                    _ => match pieces.last_mut() {
                        Some(Piece::Exprs(exprs)) => exprs.push(expr),
                        _ => pieces.push(Piece::Exprs(vec![expr])),
                    },
                },
            }
        }
        pieces
    }

    /// One tag for neighbouring expressions, so that two values cannot make a tag between them.
    fn value_tag(&mut self, depth: usize, place: Place, exprs: &[&'f Expr]) -> String {
        let hostile = exprs.len() > 1 || exprs.iter().any(|expr| facts::hostile(self.flow, expr));
        if let [only] = exprs {
            if !hostile && let Some(tag) = self.plain_tag(only) {
                return tag;
            }
            if !hostile {
                let code = expr::lower_tag(
                    only,
                    &mut Reader {
                        lowerer: self,
                        depth,
                        place,
                    },
                );
                return if code.text == "asInt(item)" {
                    "{{item}}".to_owned()
                } else {
                    code.tag()
                };
            }
        }
        let code = match exprs {
            [only] => self.text_code(depth, place, only),
            several => {
                let parts = several.iter();
                sum(parts
                    .map(|expr| self.text_code(depth, place, expr))
                    .collect())
            }
        };
        Code::atom(escape::dynamic(&code.text)).tag()
    }

    /// The short form of a tag, where the text of a run's parameter or id is its value's text.
    fn plain_tag(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Ref(Ref::Parameter { scope: None, name }) => {
                matches!(expr.ty, Type::Integer | Type::Boolean | Type::String)
                    .then(|| joined(["{{workflow.parameters.", name, "}}"]))
            }
            ExprKind::Ref(Ref::RunId) => Some("{{workflow.uid}}".to_owned()),
            _ => None,
        }
    }

    /// Whether the expression reads nothing but what is the same everywhere in a run.
    pub(super) fn is_run_expr(&self, expr: &Expr) -> bool {
        let mut here = true;
        expr.refs(&mut |reference, _, guarded| {
            here &= match reference {
                Ref::Parameter { scope, .. } => scope.is_none(),
                Ref::RunId
                | Ref::RunDate
                | Ref::RunScheduledAt
                | Ref::RunStatus
                | Ref::RunDuration
                | Ref::Secret { .. }
                | Ref::OwnOutput { .. }
                | Ref::OwnArtifact { .. } => true,
                Ref::Artifact { .. } => !guarded,
                Ref::Status { task } => self.in_finally && !self.flow.task(*task).finally,
                Ref::Output { .. } | Ref::Item { .. } | Ref::Index { .. } => false,
            };
        });
        here
    }
}

/// Whether an expression stands in a text as a value that is known when the flow runs, and not as a
/// variable, a path or a constant.
fn is_computed(expr: &Expr) -> bool {
    !matches!(
        &expr.kind,
        ExprKind::Literal(_)
            | ExprKind::Ref(
                Ref::Secret { .. }
                    | Ref::Artifact { .. }
                    | Ref::OwnOutput { .. }
                    | Ref::OwnArtifact { .. }
            )
    )
}

fn push_text<'t>(pieces: &mut Vec<Piece<'t>>, text: Cow<'t, str>) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.to_mut().push_str(&text),
        _ if text.is_empty() => {}
        _ => pieces.push(Piece::Text(text)),
    }
}

fn sum(mut parts: Vec<Code>) -> Code {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let texts: Vec<String> = parts.iter().map(|part| part.at(Level::Sum)).collect();
    if texts.is_empty() {
        return expr::quote("");
    }
    Code::new(Level::Sum, texts.join(" + "))
}

/// The variable through which a secret reaches the middle of a text.
pub(super) fn secret_variable(name: &str) -> String {
    format!("FLOWC_SECRET_{}", name.to_uppercase())
}

/// A duration as Argo reads it: `10s`, `5m`, `90m`, `1500ms`.
pub(crate) fn go_duration(duration: Duration) -> String {
    let milliseconds = duration.as_milliseconds();
    for (unit, length) in [("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
        if milliseconds > 0 && milliseconds.is_multiple_of(length) {
            return format!("{}{unit}", milliseconds / length);
        }
    }
    format!("{milliseconds}ms")
}

/// Whole seconds, rounded up, at least one.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_milliseconds().div_ceil(1000).max(1)
}

/// Text for people: where Argo would look for a tag, a space keeps it from finding one.
pub(crate) fn prose(text: &str) -> String {
    text.trim_end().replace("{{", "{ {")
}
