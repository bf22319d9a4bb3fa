//! `finally` becomes the exit handler of the run.
//!
//! Argo's exit handler sees the phase of the run but no task of it. So states that it asks for are
//! written, by a last task of the run, into outputs of the run as a whole.

use flowc_core::expr::Ref;
use flowc_core::flow::{Body as FlowBody, Flow, TaskId};

use super::dag::NOTHING;
use super::facts;
use super::scope::{Scope, null_or, status_word};
use super::trigger::{self, Upstream};
use super::{LAST, Lowerer};
use crate::argo::expr::Code;
use crate::argo::model::{
    Argument, Body, Dag, DagTask, Depends, Input, Output, OutputFrom, SlotValue, Str, Template,
    TemplateRef,
};
use crate::argo::names;

/// The task that writes down states, and its template.
const STATES: &str = "flowc-states";

/// The DAG of the exit handler.
const FINALLY: &str = "flowc-finally";

/// What a task of `finally` reads of an output of a task before: its value, or nil.
pub(super) fn saved_output(flow: &Flow, task: TaskId, name: &str) -> Code {
    // Nothing was written when the run was cut short; `bnVsbA==` is null in base64.
    Code::atom(format!(
        "fromJSON(fromBase64(workflow?.outputs?.parameters?.{} ?? \"bnVsbA==\"))",
        output_name(flow, task, name)
    ))
}

fn output_name(flow: &Flow, task: TaskId, name: &str) -> String {
    format!("output_{}_{name}", flow.task(task).path.replace('.', "_"))
}

/// The output of the run that holds the state of a task.
pub(super) fn state_name(flow: &Flow, task: TaskId) -> String {
    format!("state_{}", flow.task(task).path.replace('.', "_"))
}

impl<'f> Lowerer<'f> {
    /// The exit handler's template, when there is something to do.
    pub(super) fn finally(&mut self) -> Option<Str<'f>> {
        let flow = self.flow;
        let first = *flow.finally.first()?;
        self.in_finally = true;
        self.scopes.push(Scope::level(None));
        let check = self.parameter_check(true);
        let mut dag = self.level(0, &flow.finally, check, Vec::new());
        self.scopes.pop();
        self.in_finally = false;
        if let [only] = dag.tasks.as_mut_slice()
            && self.is_plain(first, only)
        {
            // The template itself can be the exit handler; it needs its final name for that.
            return Some(self.exit_template(only));
        }
        let name = self.template_name(FINALLY);
        let mut template = Template::new(name.clone(), Body::Dag(dag));
        template.comments = vec!["Runs after all others, whatever happened.".into()];
        self.place(Some(first), 0, template);
        Some(name)
    }

    fn exit_template(&mut self, task: &DagTask<'f>) -> Str<'f> {
        match &task.template {
            TemplateRef::Named(name) => name.clone(),
            TemplateRef::Shared { leaf, .. } => {
                // Names of shared templates are given later; this one is its task's alone.
                let first = self.leaves.known[*leaf].users[0];
                let name = self.template_name(&self.flow.task(first).path);
                self.named_leaves.insert(*leaf, name.clone());
                name
            }
        }
    }

    /// The last task of the run, which writes down the states that `finally` asks for.
    pub(super) fn add_states(&mut self, dag: &mut Dag<'f>) {
        if !self.reads.any_saved() {
            return;
        }
        let flow = self.flow;
        let checked = dag
            .tasks
            .first()
            .is_some_and(|task| task.name == super::dag::PARAMETERS);
        let mut task = DagTask::named(STATES);
        task.comments = vec!["Writes down what the tasks of finally read of those here.".into()];
        let mut parts: Vec<Str<'f>> = Vec::new();
        let mut template = Template::new(
            STATES,
            Body::Steps {
                template: NOTHING.into(),
            },
        );
        template.comments = vec!["Its step never runs; it is there for its outputs.".into()];
        let mut put = |value: String, global: String| {
            let global = Str::from(global);
            task.arguments.push(Argument {
                name: global.clone(),
                value: value.into(),
                note: None,
            });
            template.inputs.push(Input::new(global.clone(), None));
            template.outputs.push(Output {
                from: OutputFrom::Expression(names::member("inputs.parameters", &global).into()),
                name: global.clone(),
                global_name: Some(global),
            });
        };
        let states = self.reads.states.clone();
        let saved = self.reads.saved.clone();
        for id in &states {
            let code = status_word(&names::task_code(&flow.task(*id).name));
            put(code.tag(), state_name(flow, *id));
        }
        for (id, name) in &saved {
            let (presence, operand) = self.direct_guarded_output(*id, name);
            let reference = Ref::Output {
                task: *id,
                name: (*name).to_owned(),
            };
            let ty = facts::type_of(flow, &reference);
            put(
                null_or(presence, operand, &ty).tag(),
                output_name(flow, *id, name),
            );
        }
        let mut waited: Vec<TaskId> = states;
        waited.extend(saved.iter().map(|(id, _)| *id));
        waited.sort_unstable();
        waited.dedup();
        for id in waited {
            let of = flow.task(id);
            let can_omit = checked || !of.upstream.is_empty();
            let upstream = Upstream::new(&of.name, self.may_skip(id), can_omit);
            parts.push(format!("({})", trigger::done(&upstream)).into());
        }
        if let [only] = parts.as_mut_slice() {
            *only = only[1..only.len() - 1].to_owned().into();
        }
        task.depends = Some(Depends { parts });
        task.template = TemplateRef::Named(STATES.into());
        dag.tasks.push(task);
        self.needs_nothing = true;
        self.place(Some(LAST), 0, template);
    }

    /// Whether a task can be the exit handler by itself: a process that is given nothing.
    fn is_plain(&self, id: TaskId, task: &DagTask<'f>) -> bool {
        let flow_task = self.flow.task(id);
        let is_passed = |slot: &SlotValue<'f>| matches!(slot, SlotValue::Passed(_));
        let unfilled = match &task.template {
            TemplateRef::Shared {
                slots: Some(slots), ..
            } => slots.iter().any(is_passed),
            TemplateRef::Shared { leaf, slots: None } => {
                let slots = &self.leaves.known[*leaf].slots;
                slots.iter().any(|(value, _)| is_passed(value))
            }
            TemplateRef::Named(_) => true,
        };
        matches!(flow_task.body, FlowBody::Process(_))
            && task.when.is_none()
            && task.items.is_none()
            && task.depends.is_none()
            && task.artifacts.is_empty()
            && !unfilled
            && !flow_task.always_allowed_to_fail()
    }
}
