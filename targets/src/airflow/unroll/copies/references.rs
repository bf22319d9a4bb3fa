//! What references of the old flow are at a place of the new one.

use flowc_core::analysis::States;
use flowc_core::expr::fold::{fold, fold_template};
use flowc_core::expr::{Expr, ExprKind, Ref, Template, Value};
use flowc_core::flow::TaskId;
use flowc_core::source::Span;

use super::{Is, Writer};

impl Writer<'_> {
    pub(super) fn in_place(&self, at: TaskId, expr: &mut Expr) {
        *expr = self.expr(Some(at), expr.clone());
    }

    pub(super) fn template(&self, at: TaskId, template: &mut Template) {
        template
            .exprs_mut()
            .for_each(|expr| self.names(Some(at), expr));
        *template = fold_template(template.clone());
    }

    /// An expression of the old flow at this place of the new one.
    pub(super) fn expr(&self, at: Option<TaskId>, mut expr: Expr) -> Expr {
        self.names(at, &mut expr);
        fold(expr)
    }

    fn names(&self, at: Option<TaskId>, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Literal(_) | ExprKind::Local(_) => {}
            ExprKind::Ref(found) => {
                if let Some(new) = self.value(at, found) {
                    expr.kind = new;
                }
            }
            ExprKind::Default(found, fallback) => {
                self.names(at, fallback);
                self.rename(at, found);
            }
            ExprKind::List(list) | ExprKind::Call(_, list) => {
                list.iter_mut().for_each(|expr| self.names(at, expr));
            }
            ExprKind::Object(fields) => {
                fields.iter_mut().for_each(|(_, expr)| self.names(at, expr));
            }
            ExprKind::Field(inner, _) | ExprKind::Unary(_, inner) => self.names(at, inner),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                self.names(at, a);
                self.names(at, b);
            }
            ExprKind::Conditional(a, b, c) => {
                self.names(at, a);
                self.names(at, b);
                self.names(at, c);
            }
            ExprKind::Macro { list, body, .. } => {
                self.names(at, list);
                self.names(at, body);
            }
        }
    }

    /// What stands for a reference: the element of a fan-out that is written out is known.
    fn value(&self, at: Option<TaskId>, found: &mut Ref) -> Option<ExprKind> {
        let known = |fan_out: TaskId| self.element(at?, fan_out);
        match found {
            Ref::Item { fan_out } => {
                if let Some((value, _)) = known(*fan_out) {
                    return Some(ExprKind::Literal(value.clone()));
                }
            }
            Ref::Index { fan_out } => {
                if let Some((_, index)) = known(*fan_out) {
                    return Some(ExprKind::Literal(Value::Integer(index as i64)));
                }
            }
            _ => {}
        }
        let skipped_is_empty = matches!(found, Ref::Output { task, .. }
            if self.written_out[task.index()]
                && self.analysis.states(*task).has(States::SKIPPED));
        self.rename(at, found);
        skipped_is_empty.then(|| {
            let empty = Expr::literal(Value::List(Vec::new()), Span::default());
            ExprKind::Default(found.clone(), Box::new(empty))
        })
    }

    fn rename(&self, at: Option<TaskId>, found: &mut Ref) {
        match found {
            Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task } => {
                *task = self.new_name(at, *task);
            }
            Ref::Item { fan_out } | Ref::Index { fan_out } => {
                *fan_out = self.new_name(at, *fan_out);
            }
            Ref::Parameter { scope, .. } => {
                if let Some(scope) = scope {
                    *scope = self.new_name(at, *scope);
                }
            }
            Ref::RunId
            | Ref::RunDate
            | Ref::RunScheduledAt
            | Ref::RunStatus
            | Ref::RunDuration
            | Ref::Secret { .. }
            | Ref::OwnOutput { .. }
            | Ref::OwnArtifact { .. } => {}
        }
    }

    /// What a task of the old flow is called at a place of the new one.
    pub(super) fn new_name(&self, at: Option<TaskId>, old: TaskId) -> TaskId {
        for here in self.upwards(at) {
            let place = &self.places[here.index()];
            if let Some(new) = place.inside.get(&old) {
                return *new;
            }
            if place.origin == old && !matches!(place.is, Is::Whole) {
                return here;
            }
        }
        self.top.get(&old).copied().unwrap_or(old)
    }

    /// The element and the position at a place, of a fan-out that is written out around it.
    pub(super) fn element(&self, at: TaskId, fan_out: TaskId) -> Option<(&Value, usize)> {
        self.upwards(Some(at)).find_map(|here| {
            let place = &self.places[here.index()];
            match &place.is {
                Is::Element(value, index) if place.origin == fan_out => Some((value, *index)),
                _ => None,
            }
        })
    }

    fn upwards(&self, at: Option<TaskId>) -> impl Iterator<Item = TaskId> + '_ {
        std::iter::successors(at, |here| self.tasks[here.index()].parent)
    }
}
