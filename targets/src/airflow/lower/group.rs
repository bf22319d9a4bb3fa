//! Groups, waits, approvals, and the tasks that stand for a whole fan-out.

use flowc_core::expr::{Expr, ExprKind, Ref, Value};
use flowc_core::flow::{Approve, FanOut, Group, Task, TaskId};
use flowc_core::values::Duration;

use super::edges::Edges;
use super::run::timedelta;
use super::{Join, Lowering, Statement, literal_items};
use crate::airflow::expr::Expressions;
use crate::python::{Argument, Arguments, Code, Identifier, can_fail, merged};

impl<'a> Lowering<'a> {
    pub(super) fn group(
        &'a self,
        id: TaskId,
        group: &'a Group,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) {
        let task = self.flow.task(id);
        let variable = self.variables().task(id);
        let mut arguments = vec![("group_id", Code::string(&task.name.value))];
        if let Some(description) = &task.description {
            arguments.push(("tooltip", Code::string(&description.value)));
        }
        if let Some(fan_out) = &task.for_each {
            let items = self.items(id, fan_out, variable, body, edges);
            let inner = self.group_body(id, group, body, edges, None);
            body.push(Statement::MappedGroup {
                function: self.variables().helper(id, "body"),
                variable,
                arguments,
                items,
                body: inner,
            });
            self.join(id, body, edges);
            return;
        }
        let start = self
            .shape(id)
            .start
            .then(|| self.variables().helper(id, "start"));
        let inner = self.group_body(id, group, body, edges, start);
        body.push(Statement::Group {
            variable,
            arguments,
            body: inner,
        });
    }

    /// What stands in the group. `start` carries the group's rule and condition.
    fn group_body(
        &'a self,
        id: TaskId,
        group: &'a Group,
        outside: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
        start: Option<&'a Identifier>,
    ) -> Vec<Statement<'a>> {
        let task = self.flow.task(id);
        let variable = self.variables().task(id);
        let mut body = Vec::new();
        let mapped = task.for_each.as_ref();
        let mut decision = Vec::new();
        if mapped.is_none() {
            // Dependencies of the group are those of its variable, start or not.
            decision = self.decide(id, variable, outside, edges).arguments();
        }
        if self.shape(id).start {
            if let Some(filter) = mapped.and_then(|fan_out| fan_out.filter.as_ref()) {
                let condition = self.when(filter, self.inside(id));
                decision.push(("pre_execute", condition));
            }
            let name = start.unwrap_or_else(|| self.variables().helper(id, "start"));
            body.push(self.start(id, group, name, decision));
        }
        body.extend(self.level(&group.children, Some(id)));
        body
    }

    /// Expressions that are evaluated inside of a group, on its own behalf.
    fn inside(&self, group: TaskId) -> Expressions<'_> {
        Expressions::new(self, Some(group)).inside()
    }

    fn start(
        &'a self,
        id: TaskId,
        group: &'a Group,
        name: &'a Identifier,
        decision: Arguments<'a>,
    ) -> Statement<'a> {
        let mut arguments = vec![("task_id", Code::string("_flowc_start"))];
        arguments.extend(decision);
        arguments.extend(self.plain_arguments());
        arguments.extend(self.own_item(id));
        let bindings = group
            .sub_flow
            .iter()
            .flat_map(|sub_flow| &sub_flow.bindings);
        let values: Vec<_> = bindings
            .filter(|binding| binding.value.as_literal().is_none())
            .map(|binding| {
                let function = self.inside(id).function(&binding.value);
                (
                    &binding.parameter.name.value,
                    self.constrained(&binding.parameter, function),
                )
            })
            .collect();
        if !values.is_empty() {
            arguments.push(("outputs", Code::dict(values)));
        }
        Statement::Assign(name, Code::call("FlowMark", arguments))
    }

    /// `item=item` in a fan-out over a group.
    fn own_item(&'a self, group: TaskId) -> Option<(&'static str, Code<'a>)> {
        self.mapped_group_inside(group)
            .map(|_| ("item", Code::atom("item")))
    }

    /// The tasks at the end of a group, behind all in it.
    pub(super) fn close_group(
        &'a self,
        id: TaskId,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) {
        let task = self.flow.task(id);
        let Some(group) = task.group().filter(|_| self.shape(id).checked) else {
            return;
        };
        let check = self.variables().helper(id, "inner_check");
        let mut causes = Vec::new();
        for child in &group.children {
            self.failure_ids(*child, &mut causes);
            for handle in self.all_handles(*child) {
                edges.add(handle, check);
            }
        }
        let causes: Vec<_> = causes
            .into_iter()
            .map(|id| Argument::positional(Code::string(id)))
            .collect();
        let mut arguments = vec![
            ("task_id", Code::string("_flowc_check")),
            ("trigger_rule", Code::string("all_done")),
        ];
        // Airflow takes a list of no tasks for all tasks.
        if !causes.is_empty() {
            arguments.push(("pre_execute", Code::Call("unless_failed".into(), causes)));
        }
        arguments.extend(self.plain_arguments());
        arguments.extend(self.own_item(id));
        body.push(Statement::Assign(check, Code::call("FlowMark", arguments)));
        self.end(id, group, check, body, edges);
    }

    fn end(
        &'a self,
        id: TaskId,
        group: &'a Group,
        check: &'a Identifier,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) {
        let end = self.variables().helper(id, "end");
        let mut arguments = vec![("task_id", Code::string("_flowc_end"))];
        if self.shape(id).start {
            arguments.push(("trigger_rule", Code::string("none_failed")));
            arguments.push(("pre_execute", Code::atom("unless_skipped")));
            edges.add(self.variables().helper(id, "start"), end);
        }
        edges.add(check, end);
        arguments.extend(self.plain_arguments());
        arguments.extend(self.own_item(id));
        let outputs: Vec<_> = group
            .outputs
            .iter()
            .map(|export| {
                let inside = self.inside(id);
                let value = match self.may_miss_some(&export.value) {
                    true => inside.function_in("present", &export.value),
                    false => inside.function(&export.value),
                };
                (&export.name.value, value)
            })
            .collect();
        if !outputs.is_empty() {
            arguments.push(("outputs", Code::dict(outputs)));
        }
        body.push(Statement::Assign(end, Code::call("FlowMark", arguments)));
    }

    /// Whether a value is that of a fan-out that is written out, some elements of which may have none.
    fn may_miss_some(&self, value: &Expr) -> bool {
        let ExprKind::List(values) = &value.kind else {
            return false;
        };
        values.iter().any(|value| match &value.kind {
            ExprKind::Ref(Ref::Output { task, .. }) => {
                let task = self.flow.task(*task);
                task.for_each.is_none() && (task.when.is_some() || task.allow_failure.is_some())
            }
            _ => false,
        })
    }

    /// The variables that stand for a task and all that belongs to it, to wait until all is final.
    pub(super) fn all_handles(&'a self, id: TaskId) -> Vec<&'a Identifier> {
        let task = self.flow.task(id);
        let shape = self.shape(id);
        if shape.join != Join::Direct {
            // An early answer of the join is no end of the instances.
            return vec![
                self.variables().task(id),
                self.variables().helper(id, "all"),
            ];
        }
        match task.group() {
            Some(group) if !shape.checked => {
                let mut handles: Vec<_> = group
                    .children
                    .iter()
                    .flat_map(|child| self.all_handles(*child))
                    .collect();
                handles.dedup();
                handles
            }
            _ => vec![self.variables().task(id)],
        }
    }

    /// What `.expand(item=…)` gets; the task that makes the list comes before.
    pub(super) fn items(
        &'a self,
        id: TaskId,
        fan_out: &'a FanOut,
        instance: &Identifier,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) -> Code<'a> {
        let task = self.flow.task(id);
        if !self.shape(id).items {
            return self.literal_list(literal_items(fan_out).unwrap_or_default());
        }
        let _ = instance;
        let variable = self.variables().helper(id, "items");
        let decision = self.decide(id, variable, body, edges);
        let name = super::names::helper(task, "items");
        let mut arguments = vec![("task_id", Code::string(name))];
        arguments.extend(decision.arguments());
        arguments.extend(self.plain_arguments());
        let list = Expressions::new(self, Some(id)).function(&fan_out.list);
        arguments.push(("items", list));
        if let Some(filter) = fan_out.filter.as_ref().filter(|filter| can_fail(filter)) {
            let condition = Expressions::new(self, Some(id)).over_elements(id);
            self.flags.item_conditions.set(true);
            arguments.push(("condition", condition.function(filter)));
        }
        body.push(Statement::Assign(
            variable,
            Code::call("FlowItems", arguments),
        ));
        Code::atom(format!("{variable}.output"))
    }

    /// Where the item of a task is a template field, Airflow would read its texts as templates.
    fn literal_list(&'a self, items: &'a [Value]) -> Code<'a> {
        let is_field = self
            .flow
            .tasks
            .iter()
            .any(|task| task.group().is_some() && task.for_each.is_some());
        let item = |value| match is_field {
            true => literal_item(value),
            false => Code::value(value),
        };
        Code::List(items.iter().map(item).collect())
    }

    /// The task that stands for all instances of a fan-out.
    pub(super) fn join(&'a self, id: TaskId, body: &mut Vec<Statement<'a>>, edges: &mut Edges<'a>) {
        let task = self.flow.task(id);
        let instances = self.variables().task(id);
        let all = self.variables().helper(id, "all");
        match self.shape(id).join {
            Join::Direct => {}
            Join::State => {
                edges.add(instances, all);
                body.push(self.marker(id, "all", "none_failed_min_one_success"));
            }
            Join::Allowed => {
                let check = self.variables().helper(id, "check");
                let items = self.variables().helper(id, "items");
                edges.add(instances, check);
                edges.add(items, all);
                edges.add(check, all);
                body.push(self.allowed_check(id, task));
                body.push(self.allowed_end(id, task));
            }
        }
    }

    fn allowed_check(&'a self, id: TaskId, task: &'a Task) -> Statement<'a> {
        if task.always_allowed_to_fail() {
            return self.marker(id, "check", "all_done");
        }
        let name = super::names::helper(task, "check");
        let mut arguments = vec![
            ("task_id", Code::string(name)),
            ("trigger_rule", Code::string("all_done")),
        ];
        if let Some(allowed) = &task.allow_failure {
            let allowed = Expressions::new(self, Some(id))
                .over_elements(id)
                .function(allowed);
            let call = vec![
                Argument::positional(Code::string(&task.path)),
                Argument::positional(Code::string(self.helper_id(id, "items"))),
                Argument::positional(allowed),
            ];
            arguments.push(("pre_execute", Code::Call("unless_all_allowed".into(), call)));
        }
        arguments.extend(self.plain_arguments());
        Statement::Assign(
            self.variables().helper(id, "check"),
            Code::call("FlowMark", arguments),
        )
    }

    fn allowed_end(&'a self, id: TaskId, task: &'a Task) -> Statement<'a> {
        let name = super::names::helper(task, "all");
        let ran = vec![
            Argument::positional(Code::string(self.data_id(id))),
            Argument::positional(Code::string(self.helper_id(id, "items"))),
        ];
        let mut arguments = vec![
            ("task_id", Code::string(name)),
            ("trigger_rule", Code::string("none_failed")),
            ("pre_execute", Code::Call("unless_none_ran".into(), ran)),
        ];
        arguments.extend(self.plain_arguments());
        Statement::Assign(
            self.variables().helper(id, "all"),
            Code::call("FlowMark", arguments),
        )
    }

    pub(super) fn wait(
        &'a self,
        id: TaskId,
        duration: Duration,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) {
        let task = self.flow.task(id);
        let variable = self.variables().task(id);
        let decision = self.decide(id, variable, body, edges);
        let mut arguments = vec![("task_id", Code::string(&task.name.value))];
        arguments.extend(self.description(task));
        arguments.extend(decision.arguments());
        arguments.extend(self.plain_arguments());
        // A wait for nothing joins others, or is a fan-out without elements. What is asked before it
        // runs, an empty task would not ask: Airflow does not run those.
        if duration.as_milliseconds() == 0 {
            let asks = arguments.iter().any(|(name, _)| *name == "pre_execute");
            let operator = if asks { "FlowMark" } else { "EmptyOperator" };
            let arguments = merged(arguments, self.target_arguments(task));
            body.push(Statement::Assign(variable, Code::call(operator, arguments)));
            return;
        }
        if task.finally && self.flow.timeout.is_some() {
            arguments.push(("run_timeout", Code::atom("None")));
        }
        arguments.push(("duration", timedelta(duration)));
        let arguments = merged(arguments, self.target_arguments(task));
        body.push(Statement::Assign(
            variable,
            Code::call("FlowWait", arguments),
        ));
    }

    pub(super) fn approve(
        &'a self,
        id: TaskId,
        approve: &'a Approve,
        body: &mut Vec<Statement<'a>>,
        edges: &mut Edges<'a>,
    ) {
        let task = self.flow.task(id);
        let variable = self.variables().task(id);
        let mut decision = self.decide(id, variable, body, edges);
        if let Some(timeout) = self.flow.timeout.as_ref().filter(|_| !task.finally) {
            decision.ask_first(Code::call1("within", timedelta(timeout.value)));
        }
        let mut arguments = vec![("task_id", Code::string(&task.name.value))];
        arguments.extend(self.description(task));
        arguments.extend(decision.arguments());
        arguments.extend(self.plain_arguments());
        arguments.push((
            "subject",
            Code::call1("literal", Code::string(&approve.message.value)),
        ));
        let options = approve
            .choices
            .iter()
            .map(|choice| Code::string(&choice.value))
            .collect();
        arguments.push(("options", Code::List(options)));
        if let Some(default) = &approve.default {
            arguments.push(("defaults", Code::List(vec![Code::string(&default.value)])));
        }
        if let Some(timeout) = &approve.timeout {
            arguments.push(("response_timeout", timedelta(timeout.value)));
        }
        let arguments = merged(arguments, self.target_arguments(task));
        body.push(Statement::Assign(
            variable,
            Code::call("HITLOperator", arguments),
        ));
    }
}

fn literal_item<'a>(value: &'a Value) -> Code<'a> {
    match value {
        Value::String(text) => Code::call1("literal", Code::string(text)),
        Value::List(list) => Code::List(list.iter().map(literal_item).collect()),
        Value::Object(fields) => {
            Code::dict((fields.iter()).map(|(key, value)| (key, literal_item(value))))
        }
        other => Code::value(other),
    }
}

/// Whether a reference names the element of a fan-out.
pub(super) fn is_element(reference: &Ref) -> bool {
    matches!(reference, Ref::Item { .. })
}
