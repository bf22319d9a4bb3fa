//! A group is a service before its tasks and one after them.

use flowc_core::flow::{Group, Task, TaskId};

use super::{
    Awk, Condition, Lowerer, Service, Sink, Variable, conformed, names, patch, plain_text,
};

impl Lowerer<'_> {
    pub(super) fn group(&mut self, id: TaskId, group: &Group, services: &mut Sink<'_>) {
        let flow = self.flow;
        let task = flow.task(id);
        self.parts.need("group");
        let mut awk = Awk::new(flow);
        let mut open = self.helper(names::service(&task.path), "");
        open.comment = Some(match &task.description {
            Some(description) => description.value.clone(),
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
        variables.push(("FLOW_STEP".into(), plain_text("open")));
        if let Some(sub_flow) = &group.sub_flow {
            let lines: Vec<String> = sub_flow
                .bindings
                .iter()
                .map(|binding| {
                    format!(
                        "{} = {}",
                        binding.parameter.name.value,
                        awk.text(&conformed(&binding.value, &binding.parameter.ty))
                    )
                })
                .collect();
            if !lines.is_empty() {
                self.parts.need("with");
                variables.push(("FLOW_WITH".into(), plain_text(&lines.join("\n"))));
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

    fn close(&mut self, id: TaskId, task: &Task, group: &Group) -> Service {
        let flow = self.flow;
        let mut awk = Awk::new(flow);
        let mut close = self.helper(
            names::end(&task.path),
            &format!("Closes `{}`.", task.name.value),
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
        let children: Vec<&str> = group
            .children
            .iter()
            .map(|child| flow.task(*child).path.as_str())
            .collect();
        let mut variables = vec![
            ("FLOW_TASK".to_owned(), plain_text(&task.path)),
            ("FLOW_STEP".to_owned(), plain_text("close")),
            ("FLOW_TASKS".to_owned(), plain_text(&children.join(" "))),
        ];
        self.surroundings(id, &mut variables);
        if task.for_each.is_some() {
            variables.push(("FLOW_FOR_EACH".into(), plain_text("1")));
            if let Some(limit) = &task.max_parallel {
                let limit = Variable::Number(limit.value.into());
                variables.push(("FLOW_MAX_PARALLEL".into(), limit));
            }
        }
        self.fail_fast(id, &mut variables);
        let lines: Vec<String> = group
            .outputs
            .iter()
            .map(|export| format!("{} = {}", export.name.value, awk.text(&export.value)))
            .collect();
        if !lines.is_empty() {
            self.parts.need("exports");
            variables.push(("FLOW_EXPORTS".into(), plain_text(&lines.join("\n"))));
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
            variables.push(("FLOW_LINKS".into(), plain_text(&links.join(" "))));
        }
        if task.for_each.is_some() {
            let types: Vec<String> = group
                .outputs
                .iter()
                .map(|export| format!("{}={}", export.name.value, export.value.ty))
                .collect();
            if !types.is_empty() {
                variables.push(("FLOW_OUTPUT_TYPES".into(), plain_text(&types.join(" "))));
            }
            let kinds: Vec<String> = group
                .artifacts
                .iter()
                .map(|export| format!("{}=file", export.name.value))
                .collect();
            if !kinds.is_empty() {
                variables.push(("FLOW_ARTIFACTS".into(), plain_text(&kinds.join(" "))));
            }
        }
        self.finish_awk(awk, &mut variables);
        close.environment = variables;
        close
    }
}
