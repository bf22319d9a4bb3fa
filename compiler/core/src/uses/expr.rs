//! The features that expressions ask for.

use super::Collector;
use crate::expr::{Expr, ExprKind, Function, Ref, Template};
use crate::feature::Feature;
use crate::flow::TaskId;
use crate::source::Span;

impl Collector<'_> {
    pub(super) fn template(&mut self, template: &Template) {
        for expr in template.exprs() {
            self.expr(expr);
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        expr.walk(&mut |part| match &part.kind {
            ExprKind::Ref(reference) | ExprKind::Default(reference, _) => {
                self.reference(reference, part.span);
            }
            ExprKind::Macro { .. } => self.add(Feature::ListMacros, part.span),
            ExprKind::Call(function, _) => self.function(*function, part.span),
            // Every target that computes at all computes these.
            ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Object(_)
            | ExprKind::Local(_)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Conditional(..) => {}
        });
    }

    fn function(&mut self, function: Function, span: Span) {
        match function {
            Function::Days => self.add(Feature::Days, span),
            Function::Size
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Matches
            | Function::String
            | Function::Int
            | Function::Double
            | Function::Range => {}
        }
    }

    fn reference(&mut self, reference: &Ref, span: Span) {
        match reference {
            Ref::Output { task, name: _ } => {
                if self.flow.task(*task).for_each.is_some() {
                    self.add(Feature::OutputFanIn, span);
                }
            }
            Ref::Artifact { task, name: _ } => self.artifact_read(*task, span),
            Ref::Status { task: _ } => self.add(Feature::TaskStatus, span),
            Ref::Secret { name: _ } => self.add(Feature::Secrets, span),
            Ref::RunId => self.add(Feature::RunId, span),
            Ref::RunDate => self.add(Feature::RunDate, span),
            Ref::RunScheduledAt => self.add(Feature::RunScheduledAt, span),
            Ref::RunStatus => self.add(Feature::RunStatus, span),
            Ref::RunDuration => self.add(Feature::RunDuration, span),
            // Answered where the parameter, fan-out, output or artifact is declared.
            Ref::Parameter { scope: _, name: _ }
            | Ref::Item { fan_out: _ }
            | Ref::Index { fan_out: _ }
            | Ref::OwnOutput { name: _ }
            | Ref::OwnArtifact { name: _ } => {}
        }
    }

    pub(super) fn artifact_read(&mut self, task: TaskId, span: Span) {
        if self.flow.task(task).for_each.is_some() {
            self.add(Feature::ArtifactFanIn, span);
        }
    }
}
