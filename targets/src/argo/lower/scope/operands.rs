//! What a reference of an expression is, at the place where it is read.

use flowc_core::expr::{Ref, Type, Value};
use flowc_core::flow::TaskId;
use flowc_core::source::Span;

use super::super::facts;
use super::super::{Lowerer, Place, finally};
use super::{Element, ElementMode, Elements, Key};
use crate::argo::expr::{self, Code, Level, Operand, Operands, Presence};
use crate::argo::names;

/// Reads references at a depth of the scopes.
pub(in crate::argo::lower) struct Reader<'l, 'f> {
    pub(in crate::argo::lower) lowerer: &'l mut Lowerer<'f>,
    pub(in crate::argo::lower) depth: usize,
    pub(in crate::argo::lower) place: Place,
}

impl Operands for Reader<'_, '_> {
    fn operand(&mut self, reference: &Ref, span: Span) -> Operand {
        self.lowerer
            .operand(self.depth, self.place, reference, span)
    }

    fn guarded(&mut self, reference: &Ref, span: Span) -> (Presence, Operand) {
        self.lowerer
            .guarded(self.depth, self.place, reference, span)
    }

    fn type_of(&self, reference: &Ref) -> Type {
        facts::type_of(self.lowerer.flow, reference)
    }

    fn holds_element(&self, reference: &Ref) -> bool {
        let (Ref::Item { fan_out } | Ref::Index { fan_out }) = reference else {
            return false;
        };
        self.lowerer
            .elements
            .iter()
            .any(|element| element.fan_out == *fan_out && element.mode != ElementMode::Argument)
    }

    fn element_field(&mut self, reference: &Ref, field: &str) -> Option<(Code, Type)> {
        let Ref::Item { fan_out } = reference else {
            return None;
        };
        let element = self.lowerer.element(self.depth, *fan_out)?;
        let (Elements::Literal(items), ElementMode::Argument) = (&element.list, element.mode)
        else {
            return None;
        };
        let fields: Option<Vec<Value>> = items
            .iter()
            .map(|item| match item {
                Value::Object(fields) => fields.get(field).cloned(),
                _ => None,
            })
            .collect();
        let fields = Value::List(fields?);
        let ty = match fields.ty() {
            Type::List(element) => *element,
            _ => Type::Any,
        };
        let list = expr::constant(&fields);
        Some((Code::atom(format!("{}[asInt(item)]", list.text)), ty))
    }

    fn problem(&mut self, span: Span, message: String) {
        self.lowerer.problems.push((span, message));
    }
}

impl<'f> Lowerer<'f> {
    /// The value of an expression at a depth.
    pub(in crate::argo::lower) fn value(
        &mut self,
        depth: usize,
        place: Place,
        expr: &'f flowc_core::expr::Expr,
    ) -> Code {
        expr::lower(
            expr,
            &mut Reader {
                lowerer: self,
                depth,
                place,
            },
        )
    }

    /// Whether the task is over and what is known of it was written down for `finally`.
    pub(super) fn is_saved(&self, task: TaskId) -> bool {
        self.in_finally && !self.flow.task(task).finally
    }

    pub(super) fn home(&self, task: TaskId) -> Option<usize> {
        let parent = self.flow.task(task).parent;
        self.scopes
            .iter()
            .rposition(|scope| scope.level == Some(parent))
    }

    fn element(&self, depth: usize, fan_out: TaskId) -> Option<&Element> {
        self.elements
            .iter()
            .find(|element| element.fan_out == fan_out && element.depth == depth)
    }

    pub(super) fn operand(
        &mut self,
        depth: usize,
        place: Place,
        reference: &Ref,
        span: Span,
    ) -> Operand {
        if let Some(code) = self.run_value(place, reference) {
            return code;
        }
        match reference {
            Ref::Output { task, name } if self.is_saved(*task) => {
                Operand::Typed(finally::saved_output(self.flow, *task, name))
            }
            Ref::Output { task, name } if self.home(*task) == Some(depth) => {
                self.direct_output(*task, name)
            }
            Ref::Status { task } if self.home(*task) == Some(depth) => {
                Operand::Typed(status_word(&names::task_code(&self.flow.task(*task).name)))
            }
            Ref::Item { fan_out } | Ref::Index { fan_out } => match self.element(depth, *fan_out) {
                Some(element) => element_operand(element, matches!(reference, Ref::Item { .. })),
                None => self.input(depth, Key::Value(reference.clone()), span),
            },
            Ref::Artifact { task, name } => {
                Operand::Typed(self.artifact_path(place, *task, name, false, span))
            }
            _ => self.input(depth, Key::Value(reference.clone()), span),
        }
    }

    pub(super) fn guarded(
        &mut self,
        depth: usize,
        place: Place,
        reference: &Ref,
        span: Span,
    ) -> (Presence, Operand) {
        match reference {
            Ref::Output { task, name } if self.is_saved(*task) => {
                let code = finally::saved_output(self.flow, *task, name);
                (Presence::NotNil, Operand::Typed(code))
            }
            Ref::Output { task, name } if self.home(*task) == Some(depth) => {
                self.direct_guarded_output(*task, name)
            }
            Ref::Artifact { task, name } => {
                let path = self.artifact_path(place, *task, name, true, span);
                let succeeded = self.succeeded(depth, place, *task, span);
                (Presence::When(succeeded), Operand::Typed(path))
            }
            Ref::Output { .. } => {
                let operand = self.input(depth, Key::Guarded(reference.clone()), span);
                (Presence::NotNil, operand)
            }
            _ => {
                let always = Code::atom("true");
                let operand = self.operand(depth, place, reference, span);
                (Presence::When(always), operand)
            }
        }
    }

    /// The condition that a task succeeded.
    fn succeeded(&mut self, depth: usize, place: Place, task: TaskId, span: Span) -> Code {
        if self.home(task) == Some(depth) && !self.is_saved(task) {
            let base = names::task_code(&self.flow.task(task).name);
            return Code::new(Level::Compare, format!("{base}.status == \"Succeeded\""));
        }
        let status = self.operand(depth, place, &Ref::Status { task }, span);
        let status = expr::decode(status, &Type::String);
        Code::new(
            Level::Compare,
            format!("{} == \"succeeded\"", status.at(Level::Range)),
        )
    }

    /// Values that are the same everywhere in a run.
    fn run_value(&self, place: Place, reference: &Ref) -> Option<Operand> {
        let atom = |text: &str| Some(Operand::Typed(Code::atom(text)));
        if place == Place::Export && !matches!(reference, Ref::OwnOutput { .. }) {
            // An expression over the tasks of a DAG does not see the values of the run.
            return None;
        }
        match reference {
            Ref::Parameter { scope: None, name } => {
                let code = Code::atom(names::member("workflow.parameters", name));
                Some(match facts::type_of(self.flow, reference) {
                    Type::Boolean => Operand::Typed(Code::new(
                        Level::Compare,
                        format!("{} == \"true\"", code.text),
                    )),
                    _ => Operand::Raw(code),
                })
            }
            Ref::RunId => atom("workflow.uid"),
            Ref::RunDate => Some(Operand::Typed(self.moment("2006-01-02"))),
            Ref::RunScheduledAt => Some(Operand::Typed(self.moment("2006-01-02T15:04:05Z07:00"))),
            Ref::RunStatus => Some(Operand::Typed(Code::new(
                Level::Conditional,
                "workflow.status == \"Succeeded\" ? \"succeeded\" : \"failed\"",
            ))),
            Ref::RunDuration => atom("asFloat(workflow.duration)"),
            Ref::Status { task } if self.in_finally && !self.flow.task(*task).finally => {
                let name = finally::state_name(self.flow, *task);
                Some(Operand::Typed(Code::new(
                    Level::Coalesce,
                    format!("workflow?.outputs?.parameters?.{name} ?? \"failed\""),
                )))
            }
            Ref::OwnOutput { name } => Some(Operand::Typed(expr::quote(&self.own_path(name)))),
            Ref::OwnArtifact { name } => Some(Operand::Typed(expr::quote(&self.own_path(name)))),
            _ => None,
        }
    }

    /// The moment a run is for, in the time zone of the schedule.
    fn moment(&self, format: &str) -> Code {
        let (moment, zone) = match (&self.flow.schedule, self.scheduled) {
            (Some(schedule), true) => ("workflow.scheduledTime", schedule.timezone.value.as_str()),
            (Some(schedule), false) => (
                "workflow.creationTimestamp.RFC3339",
                schedule.timezone.value.as_str(),
            ),
            (None, _) => ("workflow.creationTimestamp.RFC3339", "UTC"),
        };
        Code::atom(format!(
            "date({moment}).In(timezone({})).Format(\"{format}\")",
            expr::quote(zone).text
        ))
    }

    fn direct_output(&mut self, task: TaskId, name: &str) -> Operand {
        let of = &self.flow.task(task).name;
        let fan_out = self.flow.task(task).for_each.is_some();
        let code = if fan_out && self.may_skip(task) {
            // A fan-out without instances has no outputs: it reads as an empty list.
            let base = names::task_code(of);
            expr::coalesce(&optional_output(&base, name), &expr::quote("[]"))
        } else {
            Code::atom(names::output_code(of, name))
        };
        if fan_out && !self.is_wrapped(task) {
            Operand::Aggregated(code)
        } else {
            Operand::Raw(code)
        }
    }

    pub(in crate::argo::lower) fn direct_guarded_output(
        &mut self,
        task: TaskId,
        name: &str,
    ) -> (Presence, Operand) {
        let base = names::task_code(&self.flow.task(task).name);
        let code = optional_output(&base, name);
        if self.flow.task(task).for_each.is_none() {
            return (Presence::NotNil, Operand::Raw(code));
        }
        // The instances of a failed fan-out that succeeded have outputs; the fan-out has none.
        let status = Code::atom(format!("{base}.status"));
        let list = expr::coalesce(&code, &expr::quote("[]"));
        let operand = if self.is_wrapped(task) {
            Operand::Raw(list)
        } else {
            Operand::Aggregated(list)
        };
        let succeeded = Code::new(Level::Compare, format!("{} == \"Succeeded\"", status.text));
        (Presence::When(succeeded), operand)
    }
}

/// The value in base64, or null when there is none.
pub(in crate::argo::lower) fn null_or(presence: Presence, operand: Operand, ty: &Type) -> Code {
    let value = expr::decode(operand.clone(), ty);
    let present = match (presence, operand) {
        (Presence::When(condition), _) => condition,
        (Presence::NotNil, Operand::Raw(code) | Operand::Aggregated(code)) => {
            Code::new(Level::Compare, format!("{} != nil", code.at(Level::Range)))
        }
        (Presence::NotNil, Operand::Typed(_)) => {
            return Code::atom(format!("toBase64(toJson({}))", value.text));
        }
    };
    Code::atom(format!(
        "toBase64({} ? toJson({}) : \"null\")",
        present.at(Level::Or),
        value.text
    ))
}

/// `tasks.a?.outputs?.parameters?.o`, nil when there is none.
fn optional_output(base: &str, name: &str) -> Code {
    Code::atom(names::optional_member(
        &format!("{base}?.outputs?.parameters"),
        name,
    ))
}

/// The language's word for the phase of a task.
pub(in crate::argo::lower) fn status_word(base: &str) -> Code {
    Code::new(
        Level::Coalesce,
        format!(
            "{{\"Succeeded\": \"succeeded\", \"Skipped\": \"skipped\", \"Omitted\": \
             \"upstream_failed\"}}[{base}.status] ?? \"failed\""
        ),
    )
}

fn element_operand(element: &Element, value: bool) -> Operand {
    let index = match element.mode {
        ElementMode::Argument => "asInt(item)",
        ElementMode::Numbers | ElementMode::Values => "#",
    };
    let number = matches!(element.list, Elements::Range(_));
    let code = match (element.mode, value) {
        (ElementMode::Values, true) => Code::atom("#"),
        (_, true) if number => Code::atom(index),
        (_, true) => Code::atom(format!("{}[{index}]", element.list.code().at(Level::Atom))),
        (_, false) => Code::atom(index),
    };
    Operand::Typed(code)
}
