//! What each function needs of its surroundings.

use flowc_core::expr::{Expr, Ref, Template};
use flowc_core::flow::{Body, Command, Flow, Process, TaskId};

/// Something that a function is given by the one that calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::prefect) enum Var<'a> {
    /// The value of a task: its outputs, or how else it ended.
    Task(TaskId),
    /// A parameter of the run, or of a sub-flow.
    Parameter(Option<TaskId>, &'a str),
    /// The element of a fan-out.
    Item(TaskId),
    /// The position of the element.
    Index(TaskId),
    /// The status of the run, for `finally`.
    RunStatus,
    /// The duration of the run, for `finally`.
    RunDuration,
}

/// In order, each once.
pub(in crate::prefect) type Vars<'a> = Vec<Var<'a>>;

/// The needs of every task.
pub(super) struct Needs<'a> {
    /// Of the function that stands for the task.
    outer: Vec<Vars<'a>>,
    /// Of a fan-out, of the function that does the work of an element.
    inner: Vec<Vars<'a>>,
}

impl<'a> Needs<'a> {
    pub fn new(flow: &'a Flow) -> Self {
        let mut needs = Self {
            outer: vec![Vars::new(); flow.tasks.len()],
            inner: vec![Vars::new(); flow.tasks.len()],
        };
        // Children stand behind their parents.
        for (id, _) in flow.iter().collect::<Vec<_>>().into_iter().rev() {
            let inner = needs.of_work(flow, id);
            if flow.task(id).for_each.is_some() {
                needs.inner[id.index()].clone_from(&inner);
            }
            needs.outer[id.index()] = of_start(flow, id, inner);
        }
        needs
    }

    pub fn outer(&self, task: TaskId) -> &[Var<'a>] {
        &self.outer[task.index()]
    }

    pub fn inner(&self, task: TaskId) -> &[Var<'a>] {
        &self.inner[task.index()]
    }

    fn of_work(&self, flow: &'a Flow, id: TaskId) -> Vars<'a> {
        let task = flow.task(id);
        let mut vars = Vars::new();
        match &task.body {
            Body::Process(process) => process_templates(process)
                .flat_map(Template::exprs)
                .for_each(|e| read(e, &mut vars)),
            Body::Group(group) => {
                for child in &group.children {
                    vars.extend(self.outer(*child));
                    let child = flow.task(*child);
                    let allowed = child.allow_failure.iter();
                    let allowed = allowed.filter(|_| child.for_each.is_none());
                    allowed.for_each(|expr| read(expr, &mut vars));
                }
                for export in &group.outputs {
                    read(&export.value, &mut vars);
                }
                let exports = group.artifacts.iter();
                vars.extend(exports.map(|export| Var::Task(export.task)));
                vars.retain(|var| match var {
                    Var::Task(task) => flow.task(*task).parent != Some(id),
                    Var::Parameter(of, _) => *of != Some(id),
                    _ => true,
                });
                if let Some(sub_flow) = &group.sub_flow {
                    for binding in &sub_flow.bindings {
                        read(&binding.value, &mut vars);
                    }
                }
            }
            Body::Wait(_) | Body::Approve(_) => {}
        }
        vars.extend(flow.fan_outs_of(id).into_iter().map(Var::Index));
        in_order(vars)
    }
}

/// Of the function that stands for a task, given those of its work.
fn of_start<'a>(flow: &'a Flow, id: TaskId, work: Vars<'a>) -> Vars<'a> {
    let task = flow.task(id);
    let mut vars = work;
    if let Some(fan_out) = &task.for_each {
        read(&fan_out.list, &mut vars);
        fan_out.filter.iter().for_each(|e| read(e, &mut vars));
        task.allow_failure.iter().for_each(|e| read(e, &mut vars));
        vars.retain(|var| ![Var::Item(id), Var::Index(id)].contains(var));
    }
    task.when.iter().for_each(|e| read(e, &mut vars));
    vars.extend(task.upstream.iter().map(|up| Var::Task(up.task)));
    in_order(vars)
}

fn in_order(mut vars: Vars<'_>) -> Vars<'_> {
    vars.sort_unstable();
    vars.dedup();
    vars
}

/// The texts that are worked out before a process starts.
pub(in crate::prefect) fn process_templates(process: &Process) -> impl Iterator<Item = &Template> {
    let words: &[Template] = match &process.command {
        Command::Argv(words) => words,
        Command::Script { .. } => &[],
    };
    let env = process.env.iter().map(|variable| &variable.value);
    env.chain(words).chain(process.image.as_deref())
}

fn read<'a>(expr: &'a Expr, vars: &mut Vars<'a>) {
    expr.refs(&mut |reference, _, _| {
        vars.extend(match reference {
            Ref::Parameter { scope, name } => Some(Var::Parameter(*scope, name)),
            Ref::Output { task, .. } | Ref::Artifact { task, .. } | Ref::Status { task } => {
                Some(Var::Task(*task))
            }
            Ref::Item { fan_out } => Some(Var::Item(*fan_out)),
            Ref::Index { fan_out } => Some(Var::Index(*fan_out)),
            Ref::RunStatus => Some(Var::RunStatus),
            Ref::RunDuration => Some(Var::RunDuration),
            Ref::RunId
            | Ref::RunDate
            | Ref::RunScheduledAt
            | Ref::Secret { .. }
            | Ref::OwnOutput { .. }
            | Ref::OwnArtifact { .. } => None,
        });
    });
}
