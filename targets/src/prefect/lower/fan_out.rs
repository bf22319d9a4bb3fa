//! A fan-out: the function that submits an instance per element and gathers what they give.

use std::borrow::Cow;

use flowc_core::expr::{Expr, Value};
use flowc_core::flow::{FanOut, TaskId};

use super::task::doc;
use super::{Frame, Lowering, Var};
use crate::prefect::expr::Expressions;
use crate::prefect::model::{Function, Statement};
use crate::python::{Argument, Code, can_fail};

impl<'a> Lowering<'a> {
    pub(super) fn fan_out(&'a self, id: TaskId, fan_out: &'a FanOut) -> Function<'a> {
        let task = self.flow.task(id);
        let needs = self.needs.outer(id);
        let mut frame = self.frame(needs, &[id]);
        let parameters = frame.parameters();
        let mut body = Vec::new();
        self.start(id, &frame, &mut body);
        let list = Expressions::new(self, &frame, Some(id)).list(&fan_out.list);
        let index = frame.know(self.flow, Var::Index(id));
        let item = frame.know(self.flow, Var::Item(id));
        let mut each = Vec::new();
        let mut over = Code::call1("enumerate", list);
        // Where the condition can fail, it is asked of all elements before the first instance.
        let mut before = Vec::new();
        match &fan_out.filter {
            None => each.push(self.submit_instance(id, &frame)),
            Some(filter) => {
                let condition = Expressions::new(self, &frame, Some(id)).condition(filter);
                if can_fail(filter) {
                    let element = format!("elements[{index}]");
                    let keep = Statement::Assign(element.into(), Code::atom(item.clone()));
                    let keep = vec![Statement::If(condition, vec![keep])];
                    before.push(Statement::Assign("elements".into(), Code::atom("{}")));
                    before.push(Statement::For(format!("{index}, {item}"), over, keep));
                    over = Code::atom("elements.items()");
                    each.push(self.submit_instance(id, &frame));
                } else {
                    let submit = vec![self.submit_instance(id, &frame)];
                    each.push(Statement::If(condition, submit));
                }
            }
        }
        let mut allowed = Vec::new();
        let allowed_argument = self.allowed(id, &frame, &mut allowed, &index);
        each.extend(allowed);
        let mut inside = before;
        if self.allows_by_item(id) {
            inside.push(Statement::Assign("allowed".into(), Code::atom("set()")));
        }
        inside.push(Statement::Assign("instances".into(), Code::atom("{}")));
        inside.push(Statement::For(format!("{index}, {item}"), over, each));
        inside.push(Statement::Return(self.gather(id, allowed_argument)));
        if task.fails_fast() {
            inside = vec![Statement::With(
                vec![Code::atom("fail_fast()")],
                None,
                inside,
            )];
        }
        if let Some(limit) = &task.max_parallel {
            let pool = Code::call(
                "ThreadPoolTaskRunner",
                [("max_workers", Code::atom(limit.value.to_string()))],
            );
            inside = vec![Statement::With(vec![pool], Some("pool"), inside)];
        }
        body.extend(inside);
        let name = self.function(id);
        Function {
            decorator: self.decorator(id, &frame, name.as_str(), false, false),
            name: name.as_str(),
            parameters,
            doc: doc(task),
            body,
        }
    }

    fn submit_instance(&'a self, id: TaskId, frame: &Frame<'a>) -> Statement<'a> {
        let needs = self.needs.inner(id);
        let instance = self.instance(id);
        let call = if self.flow.task(id).max_parallel.is_some() {
            let parameters = self.instance_parameters(id);
            let given = needs
                .iter()
                .zip(parameters)
                .map(|(var, name)| (name, Code::atom(frame.name(*var))));
            let arguments = vec![
                Argument::positional(Code::atom(instance.as_str())),
                Argument::positional(Code::dict(given)),
            ];
            Code::Call("pool.submit".into(), arguments)
        } else {
            let given = needs
                .iter()
                .map(|var| Argument::positional(Code::atom(frame.name(*var))));
            Code::Call(format!("{instance}.submit").into(), given.collect())
        };
        let index = frame.name(Var::Index(id));
        Statement::Assign(format!("instances[{index}]").into(), call)
    }

    /// The names of the parameters of the instance's function.
    fn instance_parameters(&'a self, id: TaskId) -> Vec<Cow<'a, str>> {
        let task = self.flow.task(id);
        let children = task.group().map_or(&[][..], |group| &group.children);
        let needs = self.needs.inner(id);
        let frame = self.frame(needs, children);
        needs.iter().map(|var| frame.name(*var)).collect()
    }

    fn allows_by_item(&self, id: TaskId) -> bool {
        let allowed = self.flow.task(id).allow_failure.as_ref();
        allowed.is_some_and(|expr| expr.as_literal().is_none())
    }

    /// Which instances may fail.
    fn allowed(
        &'a self,
        id: TaskId,
        frame: &Frame<'a>,
        each: &mut Vec<Statement<'a>>,
        index: &str,
    ) -> Option<Code<'a>> {
        let allowed: &Expr = self.flow.task(id).allow_failure.as_ref()?;
        match allowed.as_literal() {
            Some(Value::Boolean(true)) => Some(Code::atom("instances")),
            Some(_) => None,
            None => {
                let condition = Expressions::new(self, frame, Some(id)).condition(allowed);
                let add = Code::atom(format!("allowed.add({index})"));
                each.push(Statement::If(condition, vec![Statement::Expression(add)]));
                Some(Code::atom("allowed"))
            }
        }
    }

    fn gather(&'a self, id: TaskId, allowed: Option<Code<'a>>) -> Code<'a> {
        let task = self.flow.task(id);
        let (outputs, artifacts): (Vec<&'a str>, Vec<&'a str>) = match task.group() {
            Some(group) => (
                group
                    .outputs
                    .iter()
                    .map(|o| o.name.value.as_str())
                    .collect(),
                group
                    .artifacts
                    .iter()
                    .map(|a| a.name.value.as_str())
                    .collect(),
            ),
            None => (
                task.outputs.iter().map(|o| o.name.value.as_str()).collect(),
                task.artifacts
                    .iter()
                    .map(|a| a.name.value.as_str())
                    .collect(),
            ),
        };
        let mut arguments = vec![Argument::positional(Code::atom("instances"))];
        for (name, list) in [("outputs", outputs), ("artifacts", artifacts)] {
            if !list.is_empty() {
                let list = list.into_iter().map(Code::string).collect();
                arguments.push(Argument::named(name, Code::List(list)));
            }
        }
        arguments.extend(allowed.map(|allowed| Argument::named("allowed", allowed)));
        Code::Call("gather".into(), arguments)
    }
}
