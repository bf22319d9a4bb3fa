//! A group is a service before its tasks and one after them.

use flowc_core::flow::{Group, Task, TaskId};

use std::borrow::Cow;

use super::{
    Awk, Condition, Environment, Lowerer, Service, Sink, Variable, bind, conformed, names, patch,
    typed,
};

impl<'f> Lowerer<'f> {
    pub(super) fn group(&mut self, id: TaskId, group: &'f Group, services: &mut Sink<'_>) {
        let flow = self.flow;
        let task = flow.task(id);
        self.parts.need("group");
        let mut awk = Awk::new(flow);
        let mut open = self.helper(names::service(&task.path), "");
        open.comment = Some(match &task.description {
            Some(description) => Cow::from(&description.value),
            None if self.is_loop(id) => {
                "Opens instance after instance; what is in the group waits for its instance.".into()
            }
            None => "Opens the group.".into(),
        });
        let before = self.before(id);
        open.depends_on = before.clone();
        let sidecars = self.sidecars(&task.services, &before, services);
        open.depends_on.extend(sidecars);
        let mut variables = self.common(id, task, &mut awk);
        variables.text("FLOW_STEP", "open");
        if let Some(sub_flow) = &group.sub_flow {
            let mut lines = String::new();
            for binding in &sub_flow.bindings {
                let parameter = &binding.parameter;
                let code = awk.text(&conformed(&binding.value, &parameter.ty));
                bind(&mut lines, &parameter.name.value, &code);
            }
            if !lines.is_empty() {
                self.parts.need("with");
                variables.text("FLOW_WITH", lines);
            }
        }
        self.finish_awk(awk, &mut variables);
        open.environment = variables;
        open.patch = patch::of(&task.targets);
        services(&open);

        for child in self.analysis.sorted(flow, &group.children) {
            self.task(child, services);
        }
        let close = self.close(id, task, group);
        services(&close);
    }

    fn close(&mut self, id: TaskId, task: &'f Task, group: &'f Group) -> Service<'f> {
        let flow = self.flow;
        let mut awk = Awk::new(flow);
        let mut close = self.helper(
            names::end(&task.path),
            format!("Closes `{}`.", task.name.value),
        );
        let is_looped = self.is_loop(id) || self.is_looped(id);
        close.depends_on = if is_looped {
            let children = group.children.iter();
            children
                .map(|child| (self.done(*child), Condition::Started))
                .collect()
        } else {
            self.leaves(&group.children)
        };
        if close.depends_on.is_empty() {
            close.depends_on = vec![(names::service(&task.path), Condition::Done)];
        }
        let mut variables = Environment::default();
        variables.text("FLOW_TASK", &task.path);
        variables.text("FLOW_STEP", "close");
        variables.text("FLOW_TASKS", self.paths(group.children.iter().copied()));
        self.surroundings(id, &mut variables);
        if task.for_each.is_some() {
            variables.text("FLOW_FOR_EACH", "1");
            if let Some(limit) = &task.max_parallel {
                variables.own("FLOW_MAX_PARALLEL", Variable::Number(limit.value.into()));
            }
        }
        self.fail_fast(id, &mut variables);
        let mut lines = String::new();
        for export in &group.outputs {
            bind(&mut lines, &export.name.value, &awk.text(&export.value));
        }
        if !lines.is_empty() {
            self.parts.need("exports");
            variables.text("FLOW_EXPORTS", lines);
        }
        let links: Vec<String> = group
            .artifacts
            .iter()
            .map(|export| {
                format!(
                    "{}={}/{}",
                    export.name.value,
                    flow.task(export.task).path,
                    export.artifact
                )
            })
            .collect();
        if !links.is_empty() {
            self.parts.need("links");
            variables.text("FLOW_LINKS", links.join(" "));
        }
        if task.for_each.is_some() {
            let exports = group.outputs.iter();
            let types = typed(exports.map(|export| (export.name.value.as_str(), &export.value.ty)));
            if !types.is_empty() {
                variables.text("FLOW_OUTPUT_TYPES", types);
            }
            let kinds: Vec<String> = group
                .artifacts
                .iter()
                .map(|export| format!("{}=file", export.name.value))
                .collect();
            if !kinds.is_empty() {
                variables.text("FLOW_ARTIFACTS", kinds.join(" "));
            }
        }
        self.finish_awk(awk, &mut variables);
        close.environment = variables;
        close
    }
}
