//! A fan-out becomes a task with items, and the items are numbers.
//!
//! Argo puts the text of an item into names and, unescaped, into arguments, so items are positions in
//! the list and each argument takes its element from there. Conditions are part of the list: an
//! empty one is Argo's only way to skip a task with items. Where instances are limited, they stand in
//! a DAG of their own, for Argo's limits belong to templates.

use std::collections::HashMap;

use flowc_core::expr::eval::{Environment, eval};
use flowc_core::expr::{Expr, ExprKind, Function, Ref, Type, Value};
use flowc_core::flow::{FanOut, Task, TaskId};

use super::dag::Bodied;
use super::scope::{Element, ElementMode, Elements, Scope};
use super::{Lowerer, Place};
use crate::argo::expr::{self, Code, Level, Operand};
use crate::argo::model::{
    Body, Dag, DagTask, Items, Output, OutputArtifact, OutputFrom, Template, TemplateRef,
};
use crate::argo::names;

/// How the only task in the DAG of a limited fan-out is called.
const EACH: &str = "each";

impl<'f> Lowerer<'f> {
    /// Completes the task of a fan-out. `conditions` are those that do not name the element.
    pub(super) fn fan_out(
        &mut self,
        depth: usize,
        id: TaskId,
        fan_out: &'f FanOut,
        conditions: Vec<Code>,
        task: &mut DagTask<'f>,
    ) {
        if self.is_wrapped(id) {
            self.wrapped(depth, id, fan_out, conditions, task);
        } else {
            self.instances(depth, id, fan_out, conditions, task);
        }
    }

    /// The instances stand in the DAG itself.
    fn instances(
        &mut self,
        depth: usize,
        id: TaskId,
        fan_out: &'f FanOut,
        conditions: Vec<Code>,
        task: &mut DagTask<'f>,
    ) {
        self.push_element(depth, id, fan_out);
        task.items = Some(self.items(depth, id, fan_out, conditions));
        let bodied = self.body(depth, id, "");
        self.elements.pop();
        bodied.put_into(task);
    }

    fn push_element(&mut self, depth: usize, id: TaskId, fan_out: &'f FanOut) {
        let list = match (fan_out.literal_items(), &fan_out.list.kind) {
            (Some(items), _) => Elements::Literal(items.to_vec()),
            (None, ExprKind::Call(Function::Range, arguments)) if arguments.len() == 1 => {
                Elements::Range(self.value(depth, Place::Dag, &arguments[0]))
            }
            _ => Elements::Code(self.value(depth, Place::Dag, &fan_out.list)),
        };
        self.elements.push(Element {
            fan_out: id,
            depth,
            list,
            mode: ElementMode::Argument,
        });
    }

    fn set_mode(&mut self, mode: ElementMode) {
        if let Some(element) = self.elements.last_mut() {
            element.mode = mode;
        }
    }

    fn items(
        &mut self,
        depth: usize,
        id: TaskId,
        fan_out: &'f FanOut,
        conditions: Vec<Code>,
    ) -> Items<'f> {
        let Some(list) = self.elements.last().map(|element| element.list.clone()) else {
            return Items::Numbers(Vec::new());
        };
        let condition = Code::all(conditions);
        if let Elements::Literal(items) = &list
            && let Some(numbers) = chosen(id, items, fan_out.filter.as_ref())
        {
            return literal_items(items.len(), numbers, condition);
        }
        let code = list.code();
        let numbers = match &fan_out.filter {
            Some(filter) => {
                self.set_mode(ElementMode::Numbers);
                let filter = self.value(depth, Place::Dag, filter).text;
                self.set_mode(ElementMode::Argument);
                format!("filter({}, {filter})", numbers_of(&code))
            }
            None if condition.is_none() => {
                if let Elements::Range(count) = &list {
                    let count = Code::atom(format!("max({}, 0)", count.text));
                    return Items::Count(count.tag().into());
                }
                return Items::Count(Code::call("len", &code).tag().into());
            }
            None => numbers_of(&code),
        };
        let numbers = Code::call("toJson", &Code::atom(numbers));
        Items::Param(match condition {
            Some(condition) => format!(
                "{{{{={} ? {} : \"[]\"}}}}",
                condition.at(Level::Or),
                numbers.text
            )
            .into(),
            None => numbers.tag().into(),
        })
    }

    /// The instances stand in a DAG of their own, which limits them.
    fn wrapped(
        &mut self,
        depth: usize,
        id: TaskId,
        fan_out: &'f FanOut,
        mut conditions: Vec<Code>,
        task: &mut DagTask<'f>,
    ) {
        conditions.extend(self.any_instance(depth, id, fan_out));
        task.when = Code::all(conditions).map(|condition| condition.tag().into());
        let flow_task = self.flow.task(id);
        self.scopes.push(Scope::wrapper());
        let inner = depth + 1;
        self.push_element(inner, id, fan_out);
        let mut each = DagTask::named(EACH);
        each.items = Some(self.items(inner, id, fan_out, Vec::new()));
        let bodied = self.body(inner, id, "-each");
        bodied.put_into(&mut each);
        self.elements.pop();
        let name = self.template_name(&flow_task.path);
        let mut template = Template::new(
            name.clone(),
            Body::Dag(Dag {
                target: None,
                tasks: vec![each],
            }),
        );
        template.comments = vec![limits(&names::task(&flow_task.name), flow_task).into()];
        template.parallelism = flow_task.max_parallel.as_ref().map(|limit| limit.value);
        template.fail_fast = flow_task.fails_fast();
        template.outputs = self.collected(id, flow_task);
        template.output_artifacts = Vec::<OutputArtifact>::new();
        self.close(depth, id, 0, template, task);
        task.template = TemplateRef::Named(name);
    }

    /// Ends the innermost scope: its inputs become those of the template, and arguments of the task.
    pub(super) fn close(
        &mut self,
        depth: usize,
        id: TaskId,
        rank: u8,
        mut template: Template<'f>,
        task: &mut DagTask<'f>,
    ) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        template.inputs = scope.inputs();
        template.input_artifacts = scope.input_artifacts();
        task.arguments = self.arguments(depth, &scope);
        task.artifacts = self.artifact_arguments(depth, &scope);
        self.place(Some(id), rank, template);
    }

    /// The condition that there will be an instance; `None` when there always is one.
    fn any_instance(&mut self, depth: usize, id: TaskId, fan_out: &'f FanOut) -> Option<Code> {
        if let Some(items) = fan_out.literal_items()
            && let Some(numbers) = chosen(id, items, fan_out.filter.as_ref())
        {
            return numbers.is_empty().then(|| Code::atom("false"));
        }
        self.push_element(depth, id, fan_out);
        let code = self.elements.last().map(|element| element.list.code())?;
        let condition = match &fan_out.filter {
            Some(filter) => {
                let by_number = names_index(id, filter);
                self.set_mode(if by_number {
                    ElementMode::Numbers
                } else {
                    ElementMode::Values
                });
                let filter = self.value(depth, Place::Dag, filter).text;
                let list = if by_number {
                    numbers_of(&code)
                } else {
                    code.text
                };
                Code::atom(format!("any({list}, {filter})"))
            }
            None => Code::new(Level::Compare, format!("len({}) > 0", code.text)),
        };
        self.elements.pop();
        Some(condition)
    }

    /// The outputs of all instances, as outputs of the DAG around them.
    fn collected(&self, id: TaskId, task: &'f Task) -> Vec<Output<'f>> {
        let declared: Vec<&'f str> = match task.group() {
            Some(group) => group
                .outputs
                .iter()
                .map(|export| export.name.value.as_str())
                .collect(),
            None => task
                .outputs
                .iter()
                .map(|output| output.name.value.as_str())
                .collect(),
        };
        declared
            .into_iter()
            .filter(|name| self.reads.output(id, name))
            .map(|name| {
                let ty = Type::list(task.output_type(name).cloned().unwrap_or(Type::Any));
                let read = Code::atom(names::optional_member(
                    &format!("tasks.{EACH}?.outputs?.parameters"),
                    name,
                ));
                let read = expr::coalesce(&read, &expr::quote("[]"));
                let list = expr::decode(Operand::Aggregated(read), &ty);
                Output {
                    name: name.into(),
                    from: OutputFrom::Expression(expr::text_of(list, &ty).text.into()),
                    global_name: None,
                }
            })
            .collect()
    }
}

/// `0..(len(L) - 1)`: no number at all for an empty list.
fn numbers_of(list: &Code) -> String {
    format!("0..(len({}) - 1)", list.text)
}

fn literal_items(length: usize, numbers: Vec<usize>, condition: Option<Code>) -> Items<'static> {
    let whole = numbers.len() == length;
    match condition {
        None if whole => Items::Count(length.to_string().into()),
        None => Items::Numbers(numbers),
        Some(condition) => {
            let list: Vec<String> = numbers.iter().map(usize::to_string).collect();
            Items::Param(
                format!(
                    "{{{{={} ? \"[{}]\" : \"[]\"}}}}",
                    condition.at(Level::Or),
                    list.join(", ")
                )
                .into(),
            )
        }
    }
}

/// The positions that pass the filter, when that is known now.
fn chosen(fan_out: TaskId, items: &[Value], filter: Option<&Expr>) -> Option<Vec<usize>> {
    let Some(filter) = filter else {
        return Some((0..items.len()).collect());
    };
    let mut numbers = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let environment = Known(HashMap::from([
            (Ref::Item { fan_out }, item.clone()),
            (Ref::Index { fan_out }, Value::Integer(index as i64)),
        ]));
        match eval(filter, &environment) {
            Ok(Value::Boolean(true)) => numbers.push(index),
            Ok(Value::Boolean(false)) => {}
            _ => return None,
        }
    }
    Some(numbers)
}

/// An environment in which only an element is known.
struct Known(HashMap<Ref, Value>);

impl Environment for Known {
    fn value(&self, reference: &Ref) -> Result<Option<Value>, String> {
        match self.0.get(reference) {
            Some(value) => Ok(Some(value.clone())),
            None => Err("not known before the flow runs".to_owned()),
        }
    }
}

fn names_index(fan_out: TaskId, filter: &Expr) -> bool {
    let mut found = false;
    filter.refs(&mut |reference, _, _| {
        found |= *reference == Ref::Index { fan_out };
    });
    found
}

fn limits(name: &str, task: &Task) -> String {
    let mut words = Vec::new();
    if let Some(limit) = &task.max_parallel {
        words.push(format!("at most {} at a time", limit.value));
    }
    if task.fails_fast() {
        words.push("no further one after a failure".to_owned());
    }
    format!("The instances of {name}: {}.", words.join(", "))
}

impl<'f> Bodied<'f> {
    fn put_into(self, task: &mut DagTask<'f>) {
        task.template = self.template;
        task.arguments = self.arguments;
        task.artifacts = self.artifacts;
    }
}
